import { randomUUID } from 'node:crypto'
import { ConnectionClosedError } from '../../rpc/errors.js'
import type { CloseReason } from '../../rpc/transport.js'
import { InvalidInputError } from '../../util/errors.js'
import { checkKnownKeys, checkOneOf, checkOptions, checkSignal, checkTimeoutMs } from '../../util/validate.js'
import type { ExecParams } from '../protocol/index.js'
import type { ExecConnection } from './connection.js'
import { checkMethod } from './dialect.js'
import { HttpBody } from './http-body.js'
import { readBytes } from './process-input.js'

/** A header; several may have the same name. */
export interface HttpHeader {
  readonly name: string
  readonly value: string
}

/** A request that the server's machine sends. */
export interface HttpRequest {
  readonly url: string
  /** @default 'GET' */
  readonly method?: string | undefined
  /**
   * Its headers. One with `valueEnvVar` takes its value from that variable of the server, so that this side never
   * sees it. @default []
   */
  readonly headers?:
    | readonly { readonly name: string; readonly value?: string; readonly valueEnvVar?: string }[]
    | undefined
  readonly body?: string | Uint8Array | undefined
  /** Whether redirects are followed. @default the server's own */
  readonly redirect?: 'follow' | 'stop' | undefined
  /** How long the server may take, in milliseconds. @default the server's own */
  readonly timeoutMs?: number | undefined
  /** Gives the request up. The server is not told. */
  readonly signal?: AbortSignal | undefined
}

/** The head of a response. */
export interface HttpResponseHead {
  readonly status: number
  readonly headers: readonly HttpHeader[]
}

/** A response with its whole body. */
export interface HttpResponse extends HttpResponseHead {
  readonly body: Buffer
}

/** A response whose body comes in parts. */
export interface HttpStreamedResponse extends HttpResponseHead {
  /**
   * The body as it comes, to be read once. It fails with an `HttpBodyError` when it broke off, the connection was
   * lost, or more than 16 MiB of it were not read in time.
   */
  readonly body: AsyncIterable<Buffer>
}

const KNOWN: Readonly<Record<keyof HttpRequest, true>> = {
  url: true,
  method: true,
  headers: true,
  body: true,
  redirect: true,
  timeoutMs: true,
  signal: true,
}

/** HTTP from the server's machine, where the server allows it. Both methods reject as `ExecServerClient.request` does. */
export class ExecHttp {
  readonly #connection: ExecConnection
  readonly #bodies: Map<string, HttpBody>

  /** @param bodies - where the bodies that are awaited are found by their requests' ids */
  constructor(connection: ExecConnection, bodies: Map<string, HttpBody>) {
    this.#connection = connection
    this.#bodies = bodies
  }

  /** Sends a request and resolves with the whole response, whatever its status. */
  async request(request: HttpRequest): Promise<HttpResponse> {
    const { status, headers, bodyBase64 } = await this.#send(request, randomUUID(), false)
    return { status, headers, body: Buffer.from(bodyBase64, 'base64') }
  }

  /** Sends a request and resolves when the head of the response is there. */
  async stream(request: HttpRequest): Promise<HttpStreamedResponse> {
    const requestId = randomUUID()
    const body = new HttpBody(() => this.#bodies.delete(requestId))
    // Before the request: the first part may come before the answer.
    this.#bodies.set(requestId, body)
    try {
      const { status, headers } = await this.#send(request, requestId, true)
      return { status, headers, body }
    } catch (error) {
      this.#bodies.delete(requestId)
      throw error
    }
  }

  async #send(request: HttpRequest, requestId: string, streamResponse: boolean) {
    checkMethod(this.#connection.greeting.version, 'http/request')
    const params = { ...readRequest(request), requestId, streamResponse }
    // The server has the deadline, if there is one.
    const options = { signal: request.signal, timeoutMs: Infinity }
    return this.#connection.request('http/request', params, options)
  }
}

/** The connection was lost: no body can go on. */
export function failBodies(bodies: Map<string, HttpBody>, reason: CloseReason): void {
  for (const body of [...bodies.values()]) body.fail(reason.message, new ConnectionClosedError(reason))
}

function readRequest(request: HttpRequest): Omit<ExecParams<'http/request'>, 'requestId'> {
  checkOptions('request', request)
  if (request === undefined) throw new InvalidInputError('request', request, 'an object')
  checkKnownKeys(request, KNOWN)
  const { url, method = 'GET', headers = [], body, redirect, timeoutMs, signal } = request
  if (typeof url !== 'string' || !URL.canParse(url))
    throw new InvalidInputError('url', url, 'an absolute URL')
  if (typeof method !== 'string' || method === '') throw new InvalidInputError('method', method, 'a method')
  if (!Array.isArray(headers)) throw new InvalidInputError('headers', headers, 'a list of headers')
  checkOneOf('redirect', redirect, ['follow', 'stop'])
  checkSignal('signal', signal)
  const milliseconds = Math.ceil(checkTimeoutMs('timeoutMs', timeoutMs, Infinity))
  return {
    method,
    url,
    headers: headers.map((header: unknown, index) => readHeader(`headers[${index}]`, header)),
    ...(body === undefined ? {} : { bodyBase64: readBytes('body', body).toString('base64') }),
    ...(redirect === undefined ? {} : { redirectPolicy: redirect }),
    ...(milliseconds === Infinity ? {} : { timeoutMs: milliseconds }),
  }
}

function readHeader(option: string, header: unknown): { name: string; value: string; valueEnvVar?: string } {
  const { name, value = '', valueEnvVar } = (header ?? {}) as Record<string, unknown>
  if (typeof name !== 'string' || name === '')
    throw new InvalidInputError(option, header, 'a name and a value')
  if (typeof value !== 'string') throw new InvalidInputError(`${option}.value`, value, 'a string')
  if (valueEnvVar === undefined) return { name, value }
  if (typeof valueEnvVar !== 'string') {
    throw new InvalidInputError(`${option}.valueEnvVar`, valueEnvVar, 'the name of a variable')
  }
  return { name, value, valueEnvVar }
}
