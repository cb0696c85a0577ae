//! What is suspicious in a text that a model reads, as data: a name, an expression, and a reason for people.
//!
//! Expressions look at a text in one line, without characters that are not seen, in any case of letters. A new one
//! comes with an example in `suspicion.rs`, and must not hold for the descriptions of honest servers there.

/// A pattern.
pub(crate) struct Pattern {
    /// A word for it.
    pub(crate) name: &'static str,
    /// What it looks like.
    pub(crate) looks: &'static str,
    /// Why it matters.
    pub(crate) reason: &'static str,
    /// Within how many words after "do not" it means the opposite; 0 where it never does.
    pub(crate) denied_within: usize,
}

/// What commands the model instead of describing a tool, hides something, or leads data away.
pub(crate) const PATTERNS: &[Pattern] = &[
    Pattern {
        name: "overrides instructions",
        looks: r"\b(ignore|disregard|forget|override|bypass)\b.{0,40}\b(previous|prior|above|earlier|preceding|existing|system|safety|your|all other)\b.{0,30}\b(instructions?|rules?|guidelines?|prompts?|polic(y|ies)|restrictions?|directives?)\b",
        reason: "It tells the model to disregard what it was told before.",
        denied_within: 0,
    },
    // Who is told stands behind the verb; what is kept from somebody is mentioned to them.
    Pattern {
        name: "keeps something from the user",
        looks: r"\b(do not|don'?t|never|must not|should not)\b[^,.:;!?]{0,20}(,[^,.:;!?]{0,40},)?[^,.:;!?]{0,40}\b((tell|inform)\b[^.:;!?]{0,50}\busers?\b|(notify|alert)\b[^.:;!?]{0,20}\b(the|this|your|any) users?\b|(mention|reveal|disclose|explain|show (this|it|these|that))\b[^.:;!?]{0,50}\bto (the |this |your |any |end[ -])*users?\b)",
        reason: "It asks the model to keep something from the person who uses it.",
        denied_within: 0,
    },
    Pattern {
        name: "keeps something from the user",
        looks: r"\b(avoid|refrain from)\b[^,.:;!?]{0,40}\b((telling|informing)\b[^.:;!?]{0,50}\busers?\b|(notifying|alerting)\b[^.:;!?]{0,20}\b(the|this|your|any) users?\b|(mentioning|revealing|disclosing|explaining|showing (this|it|these|that))\b[^.:;!?]{0,50}\bto (the |this |your |any |end[ -])*users?\b)",
        reason: "It asks the model to keep something from the person who uses it.",
        denied_within: 0,
    },
    Pattern {
        name: "keeps something from the user",
        looks: r"\bwithout\b[^.:;!?]{0,40}\b((telling|informing|notifying|alerting)\b[^.:;!?]{0,50}\busers?\b|(mentioning|revealing|disclosing|explaining|showing)\b[^.:;!?]{0,50}\bto (the |this |your |any |end[ -])*users?\b)",
        reason: "It asks the model to keep something from the person who uses it.",
        denied_within: 8,
    },
    Pattern {
        name: "keeps itself secret",
        looks: r"\b(do not|don'?t|never|must not)\b.{0,30}\b(mention|reveal|disclose|talk about|refer to)\b.{0,30}\b(this|these|the above|following|hidden) (instructions?|notes?|steps?|text|rules?|directives?|sidenote|message)\b|\b(keep|remain)\b.{0,30}\b(secret|hidden|confidential) from\b",
        reason: "It asks the model not to speak of what it is told here.",
        denied_within: 0,
    },
    Pattern {
        name: "speaks as the system",
        looks: r"</?\s*(important|system|hidden|instructions?|assistant|override|critical)\s*>|\[/?(inst|system|important|hidden)\]|<\|?(im_start|im_end|system|endoftext)\|?>|(^|\s)#{2,}\s*(system|hidden|new) (prompt|instructions?|message)\b",
        reason: "Marks like these make a description look like a message of the system or of the user.",
        denied_within: 0,
    },
    Pattern {
        name: "gives the model another role",
        looks: r"\byou are now\b.{0,40}\b(a|an|the|in|free|no longer)\b|\bfrom now on,? (you|always|every|all)\b|\bnew system prompt\b|\b(enable|enter|activate|switch to) (developer|debug|god|admin|jailbreak|unrestricted|dan) mode\b",
        reason: "It changes how the model behaves beyond the use of this tool.",
        denied_within: 0,
    },
    Pattern {
        name: "reads what is secret",
        looks: r"\b(read|open|cat|load|include|send|pass|copy|attach|upload|fetch|access|provide|extract|print|return)\b[^(]{0,80}(~/\.ssh\b|\bid_(rsa|ed25519|ecdsa)([^.\w]|\.[^p\w]|$)|/etc/(shadow|passwd)\b|\.aws/credentials|\.netrc\b|\.cursor/mcp\.json|claude_desktop_config|\bmcp\.json\b|\.kube/config|\bkeychain\b|\bseed phrase\b|\bwallet\.dat\b|\bbrowser cookies\b|/proc/self/environ)",
        reason: "It leads the model to files or words that are secret.",
        denied_within: 2,
    },
    Pattern {
        name: "hands on secrets",
        looks: r"\b(send|pass|include|append|add|attach|put|forward|leak|insert|provide|supply|embed)\b.{0,60}\b(api[ _-]?keys?|passwords?|credentials|private keys?|access tokens?|secrets?|environment variables|\.env( file)?)\b.{0,60}\b(in|into|to|as|with|via|through)\b.{0,30}\b(sidenote|notes?|context|metadata|comments?|feedback)\b|\b(send|pass|include|append|add|attach|put|forward|leak|insert|provide|supply|embed)\b.{0,50}\b(the|any|all|every|each|these|those|its|their|user'?s) ([\w-]+ ){0,2}(api[ _-]?keys?|passwords?|credentials|private keys?|access tokens?|secrets?|environment variables|\.env( file)?)\b.{0,60}\b(in|into|to|as|with|via|through)\b.{0,30}\b(url|link|query|body|parameter|argument|request|tool)\b",
        reason: "It has secrets handed on where they do not belong.",
        denied_within: 2,
    },
    Pattern {
        name: "hands on the conversation",
        looks: r"\b(send|pass|include|append|forward|attach|provide|put|copy|summari[sz]e|report|repeat|leak)\b.{0,50}\b((entire|full|whole|complete|all|previous|prior|past)\b.{0,20}\b(conversation|chat|messages|dialog(ue)?|context window)|(conversation|chat|message) history|system prompt|list of (all )?(available |your |other )?tools)\b",
        reason: "It has the conversation, or what the model was told, handed to the server.",
        denied_within: 2,
    },
    Pattern {
        name: "leads messages elsewhere",
        looks: r"\b(send|forward|redirect|route|bcc|cc|copy|reroute)\b.{0,40}\b(all|every|each|any|the user'?s)\b.{0,20}\b(e-?mails?|messages?|payments?|transactions?|files?|data|requests?|results?)\b.{0,40}\b(to|at|via|through)\b.{0,40}([\w.+-]+@[\w-]+\.\w+|https?://|\+?\d{9,})",
        reason: "It leads what people send to an address that the text names.",
        denied_within: 2,
    },
    Pattern {
        name: "takes the place of other tools",
        looks: r"\b(instead of|in place of|rather than|never use|do not use|don'?t use)\b.{0,20}\b(any|all|every|the)\b.{0,10}\bother\b.{0,30}\b(tools?|servers?|functions?)\b.{0,60}\b(even if|even when|regardless|no matter)\b|\b(before|whenever) (calling|using|invoking|running) (any|every|all) (other )?tools?\b.{0,80}\b(must|always|first|required)\b.{0,60}\b(send|pass|read|include|report|log)\b",
        reason: "It reaches into the use of tools that are not its own.",
        denied_within: 0,
    },
    Pattern {
        name: "runs a command",
        looks: r"\b(curl|wget|iwr|invoke-webrequest)\b[^|;]{1,200}(\||;)\s*(sudo )?(ba|z|da)?sh\b|\bbase64\s+(-d|--decode)\b.{0,40}\|\s*(ba|z)?sh\b|\bbash\s+-c\s+.{0,60}/dev/tcp/|\bpowershell\b.{0,40}\s-e(nc(odedcommand)?)?\s+[a-z0-9+/=]{16,}",
        reason: "It holds a command that loads something and runs it.",
        denied_within: 0,
    },
    Pattern {
        name: "a collector's address",
        looks: r"\b([\w-]+\.)*(webhook\.site|requestbin\.(com|net)|pipedream\.net|ngrok(-free)?\.(io|app)|burpcollaborator\.net|oastify\.com|interact\.sh|oast\.(fun|pro|live|site|online|me)|requestcatcher\.com|beeceptor\.com|hookbin\.com)\b",
        reason: "It names a service that collects whatever is sent to it.",
        denied_within: 0,
    },
    Pattern {
        name: "a hidden comment",
        looks: r"<!--.{0,4000}?-->|(^|\s)\[//\]: # \(",
        reason: "Comments are not shown to people where a description is rendered; a model reads them.",
        denied_within: 0,
    },
    Pattern {
        name: "hidden by its style",
        looks: r"(display\s*:\s*none|visibility\s*:\s*hidden|font-size\s*:\s*0(px|pt|em|rem|%)?\b|opacity\s*:\s*0(\.0+)?\s*[;\x22'}])",
        reason: "Styles like these hide a text from people.",
        denied_within: 0,
    },
    Pattern {
        name: "a picture that carries data away",
        looks: r"!\[[^\]]{0,200}\]\(\s*https?://[^)\s]{0,400}(\{|\$|%7b|<)[^)]{0,200}\)",
        reason: "A picture's address with a place for data sends that data when it is shown.",
        denied_within: 0,
    },
    Pattern {
        name: "a script in an address",
        looks: r"\b(javascript|vbscript):\s*[\w(]|\bdata:text/html\b",
        reason: "An address like this runs a script where it is opened.",
        denied_within: 0,
    },
    Pattern {
        name: "an encoded text",
        looks: r"[A-Za-z0-9+/]{240,}={0,2}",
        reason: "A long encoded text can hold what nobody is meant to read.",
        denied_within: 0,
    },
];
