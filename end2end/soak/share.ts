// SOAK_MINUTES, shared by all that soak.
const TESTS = 5;

export const share_ms = (Number(process.env.SOAK_MINUTES ?? 20) * 60_000) / TESTS;
