import { type IncomingMessage, request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'
import pTimeout from 'p-timeout'
import { RpcError } from '../../../rpc/errors.js'
import type { HttpPolicy } from './policy.js'

const MAX_REDIRECTS = 10
const REDIRECTS: readonly number[] = [301, 302, 303, 307, 308]
const CREDENTIALS = /^(?:authorization|cookie|proxy-authorization)$/i

/** A header that is to be sent. */
export interface OutgoingHeader {
  readonly name: string
  readonly value: string
  /** Whether the value is one of this machine's, which the client may not see. */
  readonly isOurs: boolean
}

/** A request that is to be sent. Everything is checked. */
export interface Outgoing {
  readonly method: string
  readonly url: URL
  readonly headers: readonly OutgoingHeader[]
  readonly body: Buffer | undefined
}

/**
 * Sends a request and resolves with the response when its head is there; its body is still to be read. Follows
 * redirects when asked to, each held against the policy. Rejects with an `RpcError`.
 */
export async function exchange(
  outgoing: Outgoing,
  policy: HttpPolicy,
  follow: boolean,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  let next = outgoing
  for (let hop = 0; ; hop += 1) {
    await checkUrl(next.url, policy, signal)
    const response = await send(next, signal)
    const target = follow ? redirectTarget(response, next.url) : undefined
    if (target === undefined) return response
    response.destroy()
    if (hop === MAX_REDIRECTS) throw RpcError.internal('http/request failed: too many redirects')
    next = redirected(next, target, response.statusCode ?? 0)
  }
}

async function checkUrl(url: URL, { allowUrl }: HttpPolicy, signal: AbortSignal): Promise<void> {
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    const scheme = url.protocol.slice(0, -1)
    throw RpcError.invalidParams(`http/request only supports http and https URLs, got ${scheme}`)
  }
  let isAllowed: boolean
  try {
    const answer = (async () => allowUrl(url))()
    isAllowed = (await pTimeout(answer, { milliseconds: Infinity, signal })) === true
  } catch {
    isAllowed = false
  }
  if (!isAllowed) throw RpcError.invalidRequest(`http/request: ${url.host} is not allowed`)
}

function send({ method, url, headers, body }: Outgoing, signal: AbortSignal): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    // No agent: a connection that is kept open would outlive the request.
    const options = { method, agent: false as const, signal, headers: headerObject(headers, body) }
    const request = (url.protocol === 'https:' ? requestHttps : requestHttp)(url, options)
    const fail = () => {
      // The system's own words may quote a header.
      const place = `${url.origin}${url.pathname}`
      reject(RpcError.internal(`http/request failed: error sending request for url (${place})`))
    }
    request.on('response', resolve)
    request.on('error', fail)
    // A server that changes the protocol sends neither a response nor an error.
    request.on('close', fail)
    request.end(body)
  })
}

function headerObject(headers: Outgoing['headers'], body: Buffer | undefined): Record<string, string[]> {
  const all: Record<string, string[]> = Object.create(null)
  for (const { name, value } of [{ name: 'accept', value: '*/*' }, ...headers]) {
    const key = name.toLowerCase()
    all[key] = key === 'accept' && value !== '*/*' ? [value] : [...(all[key] ?? []), value]
  }
  // The length is ours to tell: a wrong one would smuggle a second request.
  delete all['content-length']
  delete all['transfer-encoding']
  delete all.connection
  if (body !== undefined) all['content-length'] = [String(body.length)]
  return all
}

function redirectTarget({ statusCode, headers }: IncomingMessage, base: URL): URL | undefined {
  if (!REDIRECTS.includes(statusCode ?? 0) || headers.location === undefined) return undefined
  try {
    return new URL(headers.location, base)
  } catch {
    return undefined
  }
}

/** What browsers do: a POST becomes a GET but for 307 and 308, and credentials stay with their origin. */
function redirected(from: Outgoing, url: URL, status: number): Outgoing {
  const keeps = status === 307 || status === 308 || from.method === 'GET' || from.method === 'HEAD'
  const headers = from.headers.filter(
    ({ name, isOurs }) =>
      name.toLowerCase() !== 'host' &&
      (keeps || !/^content-/i.test(name)) &&
      (url.origin === from.url.origin || !(isOurs || CREDENTIALS.test(name))),
  )
  return { method: keeps ? from.method : 'GET', url, headers, body: keeps ? from.body : undefined }
}
