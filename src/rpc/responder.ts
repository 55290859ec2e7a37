import { RpcError, TransportClosedError } from './errors.js'
import { toError, watch } from './guard.js'
import { encodeMessage, errorResponse, type ResponseMessage } from './messages.js'
import type { Transport } from './transport.js'

/** Sends responses, and sees to it that the other side gets one even when a result cannot be written. */
export class Responder {
  readonly #transport: Transport
  readonly #header: boolean
  readonly #problem: (error: Error) => void

  /** `problem` receives what goes wrong and must not throw. */
  constructor(transport: Transport, header: boolean, problem: (error: Error) => void) {
    this.#transport = transport
    this.#header = header
    this.#problem = problem
  }

  /** Sends a response, or those of a batch. Never throws. */
  send(response: ResponseMessage | ResponseMessage[]): void {
    if (this.#isDone(response)) return
    this.#isDone(
      Array.isArray(response) ? response.map((one) => this.#writable(one)) : this.#writable(response),
    )
  }

  /** Tries to send. Returns whether nothing is left to try: it was sent, or nothing can be sent any more. */
  #isDone(response: ResponseMessage | ResponseMessage[]): boolean {
    try {
      watch(this.#transport.send(response), this.#problem)
      return true
    } catch (error) {
      this.#problem(toError(error))
      return error instanceof TransportClosedError
    }
  }

  #writable(response: ResponseMessage): ResponseMessage {
    try {
      encodeMessage(response)
      return response
    } catch {
      return errorResponse(this.#header, response.id, RpcError.internal())
    }
  }
}
