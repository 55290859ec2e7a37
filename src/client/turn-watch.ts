import type { ServerNotification } from '../protocol/index.js'
import { ProviderWatch } from './provider-watch.js'
import {
  type StallCircumstances,
  type StallPolicy,
  StallWatch,
  type StallWatchOptions,
} from './stall-watch.js'

/** What a turn watch is to look at and whom it tells. */
export interface TurnWatchOptions
  extends Omit<StallWatchOptions, keyof StallPolicy | 'circumstances' | 'expired'> {
  readonly providerTimeoutMs: number
  readonly stall: StallPolicy
  /** What is open in the turn. */
  readonly open: () => Pick<StallCircumstances, 'pendingApprovals' | 'openItems'>
  /** The turn has waited for too long, for its provider or for anything at all. */
  readonly expired: (error: Error) => void
}

/** Watches a running turn for a provider out of reach, and for silence. */
export class TurnWatch {
  readonly #provider: ProviderWatch
  readonly #stall: StallWatch
  #threadFlags: readonly unknown[] = []
  #mayWorkUnheard = false

  constructor({ providerTimeoutMs, stall, open, tell, probe, expired }: TurnWatchOptions) {
    this.#provider = new ProviderWatch(providerTimeoutMs, expired)
    const circumstances = () => {
      const { pendingApprovals, openItems } = open()
      const { isUnreachable } = this.#provider
      return {
        pendingApprovals,
        openItems,
        threadFlags: this.#threadFlags,
        mayWorkUnheard: this.#mayWorkUnheard,
        isProviderUnreachable: isUnreachable,
      }
    }
    this.#stall = new StallWatch({ ...stall, circumstances, tell, probe, expired })
  }

  /** Begins to watch, or goes on after a pause, as if the last sign of life came now. */
  start(): void {
    this.#stall.start()
  }

  /** Takes each notification of the thread, in order. `isOfTurn`: it names the turn. */
  observe(message: ServerNotification, isOfTurn: boolean): void {
    if (isOfTurn) {
      // Codex tells one item after the other: what began unheard is over, or one of several.
      if (message.method === 'item/started' || message.method === 'item/completed')
        this.#mayWorkUnheard = false
      // An attempt that failed again brings nothing nearer.
      if (!this.#provider.observe(message)) this.#stall.sign()
    } else if (message.method === 'thread/status/changed') {
      this.#threadFlags = flagsOf(message.params?.status)
      this.#stall.sign()
    }
  }

  /** The connection was gone: an item may have begun, which nobody tells of (measured: nor does the thread). */
  missed(): void {
    this.#mayWorkUnheard = true
  }

  /** Something happened in the turn that is no notification. */
  sign(): void {
    this.#stall.sign()
  }

  /** Stops watching and forgets what it saw. */
  dispose(): void {
    this.#provider.dispose()
    this.#stall.dispose()
    this.#threadFlags = []
  }
}

/** Off the wire, so of any shape. */
function flagsOf(status: unknown): readonly unknown[] {
  const flags: unknown = (status as { activeFlags?: unknown } | null | undefined)?.activeFlags
  return Array.isArray(flags) ? flags : []
}
