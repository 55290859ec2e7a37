import type { IncomingMessage } from 'node:http'
import { validateHeaderName, validateHeaderValue } from 'node:http'
import type { Env } from '../../../process/environment.js'
import { RpcError } from '../../../rpc/errors.js'
import { LONGEST_TIMER_MS } from '../../../util/longest-timer.js'
import { decodeBase64, type ExecParams } from '../../protocol/index.js'
import type { Connection } from '../connection-state.js'
import type { Handlers } from '../handlers.js'
import type { ServerSettings } from '../settings.js'
import { exchange, type Outgoing } from './exchange.js'
import type { HttpPolicy } from './policy.js'
import type { HttpShare } from './quota.js'

type HttpParams = ExecParams<'http/request'>

const METHOD = /^[\w!#$%&'*+.^`|~-]+$/
/** One opens a tunnel, the other has its headers sent back, among them those that the client may not see. */
const REFUSED_METHODS = /^(?:connect|trace)$/i

/** Sends HTTP requests for the client, when the server allows that. */
export function httpHandlers({ http, env }: ServerSettings): Pick<Handlers, 'http/request'> {
  return {
    'http/request': async (params, connection, requestSignal) => {
      if (!http) throw RpcError.invalidRequest('http/request is not enabled on this exec-server')
      const outgoing = readRequest(params, http, env)
      const deadline = AbortSignal.timeout(Math.min(params.timeoutMs ?? LONGEST_TIMER_MS, LONGEST_TIMER_MS))
      const signal = AbortSignal.any([deadline, connection.signal, requestSignal()])
      const share = connection.http.enter()
      let isStreamed = false
      try {
        share.hold(outgoing.body?.length ?? 0)
        const response = await exchange(outgoing, http, params.redirectPolicy !== 'stop', signal)
        const head = { status: response.statusCode ?? 0, headers: headersOf(response) }
        if (params.streamResponse !== true) {
          const body = await wholeBody(response, http.maxBodyBytes, share)
          await connection.answers.next()
          return { ...head, bodyBase64: body.toString('base64') }
        }
        isStreamed = true
        // After the answer: the client hears of the response before it hears of its parts.
        setImmediate(() => void streamBody(response, params.requestId, connection, share))
        return { ...head, bodyBase64: '' }
      } finally {
        if (!isStreamed) share.end()
      }
    },
  }
}

function readRequest(params: HttpParams, policy: HttpPolicy, env: Env): Outgoing {
  if (!METHOD.test(params.method)) {
    throw RpcError.invalidParams('http/request method is invalid: invalid HTTP method')
  }
  if (REFUSED_METHODS.test(params.method)) {
    throw RpcError.invalidParams('http/request does not send CONNECT and TRACE')
  }
  let url: URL
  try {
    url = new URL(params.url)
  } catch {
    throw RpcError.invalidParams('http/request url is invalid: relative URL without a base')
  }
  const { bodyBase64 } = params
  const body = bodyBase64 === undefined || bodyBase64 === null ? undefined : decodeBase64(bodyBase64)
  if (body === undefined && typeof bodyBase64 === 'string') {
    throw RpcError.invalidParams('invalid base64 (field `bodyBase64`)')
  }
  const headers = (params.headers ?? []).map(({ name, value, valueEnvVar }) => {
    const isVariable = valueEnvVar !== undefined && valueEnvVar !== null
    const text = isVariable ? readVariable(valueEnvVar, policy, env) : value
    checkHeader(name, text)
    return { name, value: text, isOurs: isVariable }
  })
  return { method: params.method, url, headers, body }
}

function readVariable(name: string, { headerVariables }: HttpPolicy, env: Env): string {
  const value = headerVariables.has(name) ? env[name] : undefined
  if (value !== undefined) return value
  throw RpcError.invalidRequest(`http/request: the variable \`${name}\` is not set or not allowed in headers`)
}

function checkHeader(name: string, value: string): void {
  try {
    validateHeaderName(name)
  } catch {
    throw RpcError.invalidParams('http/request header name is invalid: invalid HTTP header name')
  }
  try {
    validateHeaderValue(name, value)
  } catch {
    throw RpcError.invalidParams('http/request header value is invalid: failed to parse header value')
  }
}

function headersOf({ rawHeaders }: IncomingMessage): { name: string; value: string }[] {
  const headers: { name: string; value: string }[] = []
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    headers.push({ name: String(rawHeaders[at]).toLowerCase(), value: String(rawHeaders[at + 1]) })
  }
  return headers
}

async function wholeBody(response: IncomingMessage, maxBytes: number, share: HttpShare): Promise<Buffer> {
  const chunks: Buffer[] = []
  let total = 0
  try {
    for await (const chunk of response as AsyncIterable<Buffer>) {
      total += chunk.length
      if (total > maxBytes) {
        throw RpcError.invalidRequest(`http/request: the body is longer than ${maxBytes} bytes: stream it`)
      }
      share.hold(chunk.length)
      chunks.push(chunk)
    }
  } catch (error) {
    throw error instanceof RpcError ? error : RpcError.internal('http/request failed: error reading the body')
  }
  return Buffer.concat(chunks)
}

/** Sends the body in parts, no faster than the client reads, and ends its share. */
async function streamBody(
  response: IncomingMessage,
  requestId: string,
  connection: Connection,
  share: HttpShare,
): Promise<void> {
  let seq = 0
  const send = (deltaBase64: string, done: boolean, error: string | null) => {
    seq += 1
    return connection.notify('http/request/bodyDelta', { requestId, seq, deltaBase64, done, error })
  }
  try {
    for await (const chunk of response as AsyncIterable<Buffer>)
      await send(chunk.toString('base64'), false, null)
    send('', true, null)
  } catch {
    send('', true, 'the body broke off')
  } finally {
    share.end()
  }
}
