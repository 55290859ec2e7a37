import type { Transport, WireMessage } from '../../../src/rpc/transport.js'

/** A message as it was seen on a transport. */
export interface LoggedMessage {
  readonly id?: number | string
  readonly method?: string
  readonly params?: Readonly<Record<string, unknown>>
  readonly result?: unknown
  readonly error?: { readonly code: number; readonly message: string; readonly data?: unknown }
}

/** A message, and who sent it. */
export interface Logged {
  readonly from: 'client' | 'server'
  readonly message: LoggedMessage
}

/** A client's transport that writes down what passes through it, as it would be on a wire. */
export class LoggedTransport implements Transport {
  readonly log: Logged[] = []
  onmessage: Transport['onmessage']
  onerror: Transport['onerror']
  onclose: Transport['onclose']
  readonly #inner: Transport

  constructor(inner: Transport) {
    this.#inner = inner
    inner.onmessage = (message) => {
      this.#write('server', message)
      this.onmessage?.(message)
    }
    inner.onerror = (error) => this.onerror?.(error)
    inner.onclose = (reason) => this.onclose?.(reason)
  }

  start(): Promise<void> {
    return this.#inner.start()
  }

  send(message: WireMessage): void | Promise<void> {
    this.#write('client', message)
    return this.#inner.send(message)
  }

  close(): Promise<void> {
    return this.#inner.close()
  }

  #write(from: Logged['from'], message: WireMessage): void {
    this.log.push({ from, message: JSON.parse(JSON.stringify(message)) as LoggedMessage })
  }
}
