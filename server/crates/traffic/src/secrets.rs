//! What secrets look like, as data: once for all that hides or finds them.

/// A kind of secret.
pub(crate) struct Secret {
    /// What is hidden: rather too much than too little. A first group stays, and so does a last one that is named
    /// `after`.
    pub(crate) shape: &'static str,
    /// What is told as a sign: a form that nothing else has. It is read with the words of ASCII; `None` where the shape
    /// may be something else.
    pub(crate) sure: Option<&'static str>,
}

const fn secret(shape: &'static str, sure: &'static str) -> Secret {
    Secret {
        shape,
        sure: Some(sure),
    }
}

const fn unsure(shape: &'static str) -> Secret {
    Secret { shape, sure: None }
}

/// All that are known.
pub(crate) const SECRETS: [Secret; 15] = [
    secret(
        r"-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----(?s:.*?)(?:-----END [A-Z0-9 ]*PRIVATE KEY-----|\z)",
        r"-----BEGIN [A-Z0-9 ]{0,20}PRIVATE KEY-----",
    ),
    // GitHub, GitLab.
    secret(
        r"\b(?:gh[opsur]_[A-Za-z0-9]{16,}|github_pat_[A-Za-z0-9_]{16,}|glpat-[A-Za-z0-9_\-]{16,})",
        r"\b(gh[pousr]_[A-Za-z0-9]{36}|github_pat_[A-Za-z0-9_]{40}|glpat-[A-Za-z0-9_\-]{20})",
    ),
    // OpenAI, Anthropic and who writes like them.
    secret(
        r"\bsk-[A-Za-z0-9_\-]{16,}",
        r"\bsk-(ant-|proj-)[A-Za-z0-9_\-]{24}|\bsk-[A-Za-z0-9]{32}",
    ),
    // Stripe.
    secret(
        r"\b(?:[rs]k_(?:live|test)|whsec)_[A-Za-z0-9]{10,}",
        r"\b([rs]k_live|whsec)_[A-Za-z0-9]{16}",
    ),
    // Amazon.
    secret(
        r"\b(?:AKIA|ASIA|ABIA|ACCA)[0-9A-Z]{16}\b",
        r"\b(AKIA|ASIA)[0-9A-Z]{16}\b",
    ),
    // Google.
    secret(
        r"\b(?:AIza[0-9A-Za-z_\-]{30,}|ya29\.[0-9A-Za-z_\-]{16,}|GOCSPX-[0-9A-Za-z_\-]{16,})",
        r"\bAIza[0-9A-Za-z_\-]{35}|\bya29\.[0-9A-Za-z_\-]{30}|\bGOCSPX-[0-9A-Za-z_\-]{20}",
    ),
    // Slack.
    secret(
        r"\b(?:xox[a-z]-[A-Za-z0-9\-]{10,}|xapp-[A-Za-z0-9\-]{10,})",
        r"\bxox[abeoprs]-[A-Za-z0-9]{8,}-[A-Za-z0-9\-]{8}",
    ),
    // Registries, Hugging Face, DigitalOcean.
    secret(
        r"\b(?:npm_[A-Za-z0-9]{30,}|pypi-[A-Za-z0-9_\-]{30,}|hf_[A-Za-z0-9]{20,}|do[opr]_v1_[a-f0-9]{32,})",
        r"\bnpm_[A-Za-z0-9]{36}|\bpypi-[A-Za-z0-9_\-]{50}|\bhf_[A-Za-z0-9]{34}|\bdop_v1_[a-f0-9]{64}",
    ),
    // SendGrid.
    secret(
        r"\bSG\.[A-Za-z0-9_\-]{16,}\.[A-Za-z0-9_\-]{16,}",
        r"\bSG\.[A-Za-z0-9_\-]{16,40}\.[A-Za-z0-9_\-]{32}",
    ),
    // JSON Web Tokens.
    secret(
        r"\beyJ[A-Za-z0-9_\-]{6,}\.[A-Za-z0-9_\-]{6,}(?:\.[A-Za-z0-9_\-]*)?",
        r"\beyJ[A-Za-z0-9_\-]{10,}\.eyJ[A-Za-z0-9_\-]{8,}\.[A-Za-z0-9_\-]{16}",
    ),
    // Keys of storage accounts of Azure.
    secret(
        r"(?i)(\bAccountKey=)[A-Za-z0-9+/=]{16,}",
        r"(?i)\bAccountKey=[A-Za-z0-9+/=]{60}",
    ),
    unsure(r"(?i)(\bbearer\s+)[A-Za-z0-9._~+/=\-]{8,}"),
    unsure(r"(?i)(\bauthorization\b\W{0,4}(?:\w+\s+)?)[A-Za-z0-9._~+/=\-]{8,}"),
    // Passwords in addresses: of databases and queues a sign, of others often a mere example.
    secret(
        r"(?i)(\b(?:postgres(?:ql)?|mysql|mariadb|mongodb(?:\+srv)?|redis|amqps?)://)[^/\s:@]*:[^/\s@]+(?P<after>@)",
        r"(?i)\b(postgres(ql)?|mysql|mariadb|mongodb(\+srv)?|redis|amqps?)://[^\s:/@]{1,80}:[^\s@/]{3,80}@",
    ),
    unsure(r"(://)[^/\s:@]*:[^/\s@]+(?P<after>@)"),
];
