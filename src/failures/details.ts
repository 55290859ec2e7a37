import type { Cleaner } from './clean.js'
import type { Facts } from './facts.js'
import type { FailureContext, FailureDetails } from './failure.js'
import { readMember, readNumber, readText, toJson } from './read.js'
import type { Verdict } from './verdict.js'

const LONGEST_NAME = 200
const LONGEST_TEXT = 1000
const LONGEST_TAIL = 4096

/** Collects what is known about a failure for logs: redacted, bounded, without absent members. */
export function describeFacts(
  chain: readonly Facts[],
  verdict: Verdict,
  context: FailureContext,
  cleaner: Cleaner,
  cause: unknown,
): FailureDetails {
  const name = (text: string | undefined) => text && cleaner.head(text, LONGEST_NAME)
  const first = <T>(read: (facts: Facts) => T | undefined) => {
    for (const facts of chain) {
      const value = read(facts)
      if (value !== undefined) return value
    }
    return undefined
  }
  const close = first((facts) => facts.close)
  const data = first((facts) => (facts.rpcCode === undefined ? undefined : facts.data))
  const additional = first((facts) => facts.additionalDetails)
  const tail = first((facts) => facts.stderrTail) ?? context.stderrTail
  const willRetry = readMember(cause, 'willRetry')
  const causes = chain
    .slice(1)
    .flatMap(({ message }) => (message ? [cleaner.head(message, LONGEST_TEXT)] : []))
  return present({
    errorName: name(first((facts) => facts.name)),
    errorCode: name(first((facts) => facts.code)),
    method: name(first((facts) => facts.method)),
    rpcCode: first((facts) => facts.rpcCode),
    rpcData: toJson(data, (text) => cleaner.head(text, LONGEST_TEXT)),
    timeoutMs: first((facts) => readNumber(facts.source, 'timeoutMs')),
    option: name(first((facts) => readText(facts.source, 'option'))),
    providerCode: name(verdict.providerCode),
    additionalDetails: additional && cleaner.head(additional, LONGEST_TEXT),
    willRetry: typeof willRetry === 'boolean' ? willRetry : undefined,
    closeKind: readText(close, 'kind'),
    closeCode: readNumber(close, 'closeCode'),
    partialBytes: readNumber(close, 'partialBytes'),
    exitCode: first((facts) => facts.exitCode) ?? context.exitCode ?? undefined,
    signal: name(first((facts) => facts.signal) ?? context.signal ?? undefined),
    stderrTail: tail && cleaner.tail(tail, LONGEST_TAIL),
    interruptedBy: context.interruptedBy,
    causes: causes.length > 0 ? causes : undefined,
  })
}

function present(
  values: { readonly [K in keyof FailureDetails]: FailureDetails[K] | undefined },
): FailureDetails {
  return Object.fromEntries(
    Object.entries(values).filter(([, value]) => value !== undefined && value !== ''),
  ) as FailureDetails
}
