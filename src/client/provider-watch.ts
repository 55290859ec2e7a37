import { classifyFailure } from '../failures/index.js'
import type { ServerNotification } from '../protocol/index.js'
import { redact } from '../redaction/index.js'
import { ProviderUnreachableError } from './errors.js'

/**
 * Watches a turn whose provider cannot be reached. Codex retries for ever then (measured: `Reconnecting...
 * waiting for network`, at intervals that grow to 40 s), and the turn would never end.
 */
export class ProviderWatch {
  readonly #timeoutMs: number
  readonly #expired: (error: ProviderUnreachableError) => void
  #timer: ReturnType<typeof setTimeout> | undefined
  #message = ''

  /** @param timeoutMs - time without progress since the first failed attempt, or `Infinity` */
  constructor(timeoutMs: number, expired: (error: ProviderUnreachableError) => void) {
    this.#timeoutMs = timeoutMs
    this.#expired = expired
  }

  /** Takes each notification of the turn. */
  observe(message: ServerNotification): void {
    if (message.method === 'error') this.#onError(message)
    else if (this.#timer && isProgress(message)) this.dispose()
  }

  /** Stops watching. */
  dispose(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
  }

  #onError({ params }: ServerNotification<'error'>): void {
    if (params?.willRetry !== true || classifyFailure(params.error).kind !== 'provider-unavailable') return
    this.#message = redact(String(params.error.message))
    if (this.#timer || this.#timeoutMs === Infinity) return
    this.#timer = setTimeout(() => {
      this.#expired(new ProviderUnreachableError(this.#message, this.#timeoutMs))
    }, this.#timeoutMs)
  }
}

/** Whether a notification shows that the provider answers again. */
function isProgress({ method }: ServerNotification): boolean {
  return method.startsWith('item/') || method === 'thread/tokenUsage/updated'
}
