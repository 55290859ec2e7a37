import { redact as redactByDefault } from '../redaction/index.js'

const LONGEST_INPUT = 32_768
/** What is dropped beside a cut: it could be half a secret that no pattern recognises. */
const MARGIN = 4096
const UNREADABLE = '[text withheld: it could not be redacted]'

/** Makes texts fit to leave the library: redacted once, bounded, well-formed. */
export interface Cleaner {
  /** Keeps the beginning, at most `limit` characters. */
  head(text: string, limit: number): string
  /** Keeps the end, at most `limit` characters. */
  tail(text: string, limit: number): string
}

/** Makes a {@link Cleaner}. A redactor that throws or returns no string withholds the text. */
export function createCleaner(redact: (text: string) => string = redactByDefault): Cleaner {
  const safely = (text: string): string => {
    try {
      const clean: unknown = redact(text)
      return typeof clean === 'string' ? clean : UNREADABLE
    } catch {
      return UNREADABLE
    }
  }
  return {
    head(text, limit) {
      const isCut = text.length > LONGEST_INPUT
      const clean = safely(isCut ? text.slice(0, LONGEST_INPUT) : text)
      const kept = isCut ? clean.slice(0, Math.max(0, clean.length - MARGIN)) : clean
      return wellFormed(!isCut && kept.length <= limit ? kept : `${kept.slice(0, limit - 1)}…`)
    },
    tail(text, limit) {
      const isCut = text.length > LONGEST_INPUT
      const clean = safely(isCut ? text.slice(-LONGEST_INPUT) : text)
      const kept = isCut ? clean.slice(MARGIN) : clean
      return wellFormed(!isCut && kept.length <= limit ? kept : `…${kept.slice(kept.length - limit + 1)}`)
    },
  }
}

function wellFormed(text: string): string {
  return text.replace(/\p{Surrogate}/gu, '\ufffd')
}
