import { RequestFlow, type RequestFlowOptions } from '../../../src/client/flow-control/request-flow.js'
import { RpcError } from '../../../src/rpc/errors.js'
import type { CloseReason } from '../../../src/rpc/transport.js'
import { type Deferred, deferred } from '../../../src/util/deferred.js'

/** A request that a {@link FlowBench} was asked to send. */
export interface SentRequest {
  readonly name: string
  readonly remainingMs: number
  readonly signal: AbortSignal | undefined
  readonly answer: Deferred<unknown>
}

/** A flow whose other side is the test: it sees what is sent, in its order, and answers it. */
export class FlowBench {
  readonly sent: SentRequest[] = []
  readonly link: { drained: Promise<void> | undefined; closeReason: CloseReason | undefined } = {
    drained: undefined,
    closeReason: undefined,
  }
  readonly flow: RequestFlow

  constructor(options: Partial<RequestFlowOptions> = {}) {
    this.flow = new RequestFlow({
      maxInFlightRequests: 2,
      maxThreadRequests: 1,
      overloadRetries: 3,
      requestTimeoutMs: 10_000,
      link: () => this.link,
      random: () => 0.5,
      ...options,
    })
  }

  /** Makes a request; its name is its method, with a number behind it where one is needed: `model/list#2`. */
  run(name: string, options: { timeoutMs?: number; signal?: AbortSignal } = {}): Promise<unknown> {
    const [method = ''] = name.split('#')
    return this.flow.run(method, options, (remainingMs, signal) => {
      const answer = deferred<unknown>()
      this.sent.push({ name, remainingMs, signal, answer })
      return answer.promise
    })
  }

  /** Makes requests that are expected to be answered. */
  runAll(names: readonly string[]): Promise<unknown[]> {
    return Promise.all(names.map((name) => this.run(name)))
  }

  /** The names of what was sent, in its order. */
  get names(): string[] {
    return this.sent.map(({ name }) => name)
  }

  /** The last attempt of a request. */
  last(name: string): SentRequest {
    const found = this.sent.filter((request) => request.name === name).at(-1)
    if (!found) throw new Error(`${name} was not sent`)
    return found
  }

  async answer(name: string, result: unknown = name): Promise<void> {
    this.last(name).answer.resolve(result)
    await microtasks()
  }

  async refuse(name: string, error: unknown = overloaded()): Promise<void> {
    this.last(name).answer.reject(error)
    await microtasks()
  }
}

/** The refusal of a server that has no room for a request. */
export function overloaded(): RpcError {
  return new RpcError(-32001, 'Server overloaded; retry later.')
}

/** Lets every reaction that is due run. */
export async function microtasks(): Promise<void> {
  for (let i = 0; i < 20; i += 1) await Promise.resolve()
}

/** What a request rejects with. */
export function failureOf(request: Promise<unknown>): Promise<unknown> {
  return request.then(
    (value) => {
      throw new Error('it was answered', { cause: value })
    },
    (error: unknown) => error,
  )
}
