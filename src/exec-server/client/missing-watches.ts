import { EXEC_NOTIFICATIONS } from '../protocol/index.js'

/** What waits for paths to come or change. The newest watch takes the place of all others. */
export class MissingWatches {
  readonly #waiting = new Map<number, () => void>()

  /** Resolves when the watch has fired, or cannot any more. */
  add(watchId: number): Promise<void> {
    this.end()
    return new Promise((resolve) => this.#waiting.set(watchId, resolve))
  }

  /** Takes a notification; returns whether it was about a watch. */
  notified(method: string, params: unknown): boolean {
    if (method !== 'fs/missingChanged') return false
    const parsed = EXEC_NOTIFICATIONS[method].safeParse(params)
    if (!parsed.success) return false
    const { watchId } = parsed.data
    this.#waiting.get(watchId)?.()
    this.#waiting.delete(watchId)
    return true
  }

  /** No watch holds any more: whoever waits has to look. */
  end(): void {
    for (const fire of this.#waiting.values()) fire()
    this.#waiting.clear()
  }
}
