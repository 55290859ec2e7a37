import { EventEmitter } from 'eventemitter3'

type EventMap = { readonly [name: string]: readonly unknown[] }

/**
 * Events with typed listeners. What a listener throws, or rejects with when it is asynchronous, is dropped:
 * observers cannot break what they observe.
 */
export class Emitter<Events extends { readonly [E in keyof Events]: readonly unknown[] }> {
  readonly #emitter = new EventEmitter<Record<string, (...args: readonly unknown[]) => void>>()

  /** Adds a listener. Returns a function that takes it away again. */
  on<E extends keyof Events & string>(event: E, listener: (...args: Events[E]) => void): () => void {
    const guarded = (...args: readonly unknown[]) => {
      try {
        const result: unknown = listener(...(args as unknown as Events[E]))
        if (result instanceof Promise) result.catch(ignore)
      } catch {
        // See the class comment.
      }
    }
    this.#emitter.on(event, guarded)
    return () => {
      this.#emitter.off(event, guarded)
    }
  }

  /** Calls the listeners of an event, in the order they were added. */
  emit<E extends keyof Events & string>(event: E, ...args: Events[E]): void {
    this.#emitter.emit(event, ...(args as EventMap[string]))
  }

  /** How many listeners an event has. */
  listenerCount(event: keyof Events & string): number {
    return this.#emitter.listenerCount(event)
  }
}

function ignore(): void {}
