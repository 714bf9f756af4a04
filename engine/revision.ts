/** Raised by any change of a golden number: a completed result is reused only while this is the running one. */
export const ENGINE_REVISION = 1
