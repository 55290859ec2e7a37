/** Longest command that is read, in UTF-16 code units: a script, or all words of an argv together. */
export const MAX_COMMAND_LENGTH = 16_384

/** Most simple commands that one compound command may hold. */
export const MAX_SIMPLE_COMMANDS = 64

/** Most words, over all simple commands, that one command may hold. */
export const MAX_WORDS = 1024
