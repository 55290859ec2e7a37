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
    try {
      watch(this.#transport.send(response), this.#problem)
    } catch (error) {
      this.#problem(toError(error))
      if (error instanceof TransportClosedError) return
      this.#sendInstead(
        Array.isArray(response) ? response.map((one) => this.#writable(one)) : this.#writable(response),
      )
    }
  }

  #sendInstead(response: ResponseMessage | ResponseMessage[]): void {
    try {
      watch(this.#transport.send(response), this.#problem)
    } catch (error) {
      this.#problem(toError(error))
    }
  }

  #writable(response: ResponseMessage): ResponseMessage {
    try {
      encodeMessage(response)
      return response
    } catch {
      return errorResponse(this.#header, response.id, RpcError.internal().toWire())
    }
  }
}
