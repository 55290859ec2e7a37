import { classifyFailure } from '../failures/index.js'
import type { ServerNotification } from '../protocol/index.js'
import { redact } from '../redaction/index.js'
import { ProviderUnreachableError } from './errors.js'

/**
 * Longest time between two failed attempts, and some: 45,000 ms. When the last is longer ago, Codex has reached the
 * provider, which thinks.
 */
const LONGEST_INTERVAL_MS = 45_000

/**
 * Watches a turn whose provider cannot be reached. Codex retries for ever then (measured: `Reconnecting...
 * waiting for network`, at intervals that grow to 40 s), and the turn would never end.
 */
export class ProviderWatch {
  readonly #timeoutMs: number
  readonly #expired: (error: ProviderUnreachableError) => void
  #timer: ReturnType<typeof setTimeout> | undefined
  #message = ''
  #lastErrorAt = 0
  #isUnreachable = false

  /** @param timeoutMs - time without progress since the first failed attempt, or `Infinity` */
  constructor(timeoutMs: number, expired: (error: ProviderUnreachableError) => void) {
    this.#timeoutMs = timeoutMs
    this.#expired = expired
  }

  /** Whether Codex has told that it tries again, and nothing has come from the provider since. */
  get isUnreachable(): boolean {
    return this.#isUnreachable
  }

  /** Takes each notification of the turn. Returns whether it only says that the provider is out of reach. */
  observe(message: ServerNotification): boolean {
    if (message.method === 'error') return this.#onError(message)
    if (this.#isUnreachable && isProgress(message)) this.dispose()
    return false
  }

  /** Forgets what it saw, and waits for nothing. */
  dispose(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#isUnreachable = false
  }

  #onError({ params }: ServerNotification<'error'>): boolean {
    if (params?.willRetry !== true || classifyFailure(params.error).kind !== 'provider-unavailable')
      return false
    this.#message = redact(String(params.error.message))
    this.#lastErrorAt = performance.now()
    this.#isUnreachable = true
    if (this.#timer || this.#timeoutMs === Infinity) return true
    this.#timer = setTimeout(() => this.#onTimeout(), this.#timeoutMs)
    return true
  }

  #onTimeout(): void {
    const isReached = performance.now() - this.#lastErrorAt > LONGEST_INTERVAL_MS
    this.dispose()
    if (!isReached) this.#expired(new ProviderUnreachableError(this.#message, this.#timeoutMs))
  }
}

/** Whether a notification shows that the provider answers again. */
function isProgress({ method }: ServerNotification): boolean {
  return method.startsWith('item/') || method === 'thread/tokenUsage/updated'
}
