// A supervisor behind HTTP: JSON requests, events as server-sent events, a bearer token, loopback only. Run it offline
// with `npm run example http-bridge`, where a client in the same program walks through it; with `--serve` it stays.
import { randomBytes, timingSafeEqual } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { ConduitError, inbox, type SessionRecord, Supervisor } from 'codex-conduit/supervisor'

const token = process.env.BRIDGE_TOKEN ?? randomBytes(24).toString('hex')
await using supervisor = await Supervisor.open({ approvals: inbox({ expiresAfterMs: 600_000 }) })
await supervisor.start()

type Handler = (id: string, body: Record<string, unknown>) => unknown

/** What each method of a path does; each gets the part of the path behind its name, and the body. */
const ROUTES: Readonly<Record<string, Readonly<Record<string, Handler>>>> = {
  status: { GET: () => supervisor.status() },
  sessions: {
    GET: () => supervisor.listSessions().map(withoutSettings),
    POST: async (_id, body) => withoutSettings(await supervisor.createSession(body)),
  },
  'sessions/ID': {
    GET: (id) => withoutSettings(supervisor.getSession(id) ?? notFound()),
    DELETE: async (id) => withoutSettings(await supervisor.closeSession(id)),
  },
  turns: { POST: async (_id, body) => (await supervisor.createTurn(body as never)).record },
  'turns/ID': { GET: (id) => supervisor.getTurn(id) ?? notFound() },
  approvals: {
    // The description has no secrets; the request may have.
    GET: () => supervisor.listApprovals().map(({ request: _request, ...approval }) => approval),
  },
  'approvals/ID': { POST: (id, { decision }) => supervisor.answerApproval(id, decision as never) },
}

const MAX_BODY_BYTES = 1_000_000

/** An answer that is no success. */
class HttpProblem extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly headers: Readonly<Record<string, string>> = {},
  ) {
    super(message)
  }
}

function notFound(): never {
  throw new HttpProblem(404, 'NOT_FOUND', 'There is nothing here')
}

/** Settings may hold secrets, and Codex alone needs them. */
function withoutSettings({ settings: _settings, ...session }: SessionRecord) {
  return session
}

const server = createServer((request, response) => {
  answer(request, response).catch((error: unknown) => {
    if (response.headersSent) response.destroy()
    else refuse(response, toProblem(error))
    // What is left of the body is read, and dropped, so that the answer can be.
    request.resume()
  })
})
server.listen(Number(process.env.PORT ?? 0), '127.0.0.1')
await once(server, 'listening')
const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
line('listening', url)

async function answer(request: IncomingMessage, response: ServerResponse) {
  const { method = '', headers } = request
  if (!isAllowed(request)) throw new HttpProblem(401, 'UNAUTHORIZED', 'The bearer token is missing or wrong')
  const { name, id, query } = readTarget(request.url)
  if (name === 'events') {
    requireMethod(method, ['GET'])
    // A browser that reconnects tells the last event it has seen.
    const after = headers['last-event-id'] ?? query.get('after') ?? undefined
    return await streamEvents(response, after === undefined ? {} : { after: Number(after) })
  }
  const route = Object.hasOwn(ROUTES, name) ? ROUTES[name] : undefined
  if (!route) notFound()
  requireMethod(method, Object.keys(route))
  const body = method === 'POST' ? await readBody(request) : {}
  send(response, 200, (await route[method]?.(id, body)) ?? null)
}

/** `/turns/T` is the route `turns/ID` with the id `T`. */
function readTarget(target = '/') {
  try {
    const { pathname, searchParams: query } = new URL(target, url)
    const [, name = '', id = '', ...rest] = pathname.split('/').map(decodeURIComponent)
    if (rest.length > 0) return { name: '', id, query }
    return { name: id === '' ? name : `${name}/ID`, id, query }
  } catch {
    throw new HttpProblem(400, 'BAD_PATH', 'The path is no path')
  }
}

function requireMethod(method: string, allowed: readonly string[]) {
  if (allowed.includes(method)) return
  const allow = allowed.join(', ')
  throw new HttpProblem(405, 'METHOD_NOT_ALLOWED', `It takes ${allow}`, { allow })
}

function isAllowed({ headers }: IncomingMessage): boolean {
  const given = Buffer.from(headers.authorization ?? '')
  const wanted = Buffer.from(`Bearer ${token}`)
  // A page in a browser of this machine must not get in, whatever it knows.
  return headers.origin === undefined && given.length === wanted.length && timingSafeEqual(given, wanted)
}

async function streamEvents(response: ServerResponse, options: { after?: number }) {
  const gone = new AbortController()
  response.once('close', () => gone.abort())
  const events = supervisor.events({ ...options, signal: gone.signal })
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' })
  response.flushHeaders()
  for await (const event of events) {
    const id = event.gap ? event.gap.lastSeq : event.seq
    const isTaken = response.write(`id: ${id}\ndata: ${JSON.stringify(event)}\n\n`)
    if (!isTaken) await once(response, 'drain', { signal: gone.signal })
  }
  response.end()
}

async function readBody(request: IncomingMessage): Promise<Record<string, unknown>> {
  const tooLarge = new HttpProblem(413, 'BODY_TOO_LARGE', `The body has more than ${MAX_BODY_BYTES} bytes`)
  if (Number(request.headers['content-length'] ?? 0) > MAX_BODY_BYTES) throw tooLarge
  const chunks: Buffer[] = []
  let bytes = 0
  // To stop reading must not end the connection: the answer goes over it.
  for await (const chunk of request.iterator({ destroyOnReturn: false })) {
    bytes += (chunk as Buffer).length
    if (bytes > MAX_BODY_BYTES) throw tooLarge
    chunks.push(chunk as Buffer)
  }
  if (bytes === 0) return {}
  let body: unknown
  try {
    body = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks)))
  } catch {
    throw new HttpProblem(400, 'BODY_NOT_JSON', 'The body is not JSON')
  }
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    throw new HttpProblem(400, 'BODY_NOT_AN_OBJECT', 'The body is not a JSON object')
  }
  return body as Record<string, unknown>
}

function send(response: ServerResponse, status: number, value: unknown, headers = {}) {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(value))
}

function refuse(response: ServerResponse, { status, code, message, headers }: HttpProblem) {
  send(response, status, { error: { code, message } }, headers)
}

function toProblem(error: unknown): HttpProblem {
  if (error instanceof HttpProblem) return error
  // What another error tells may not be for others to read.
  if (!(error instanceof ConduitError)) return new HttpProblem(500, 'FAILED', 'Something went wrong')
  return new HttpProblem(statusOf(error.code), error.code, error.message)
}

/** Which error of the library is whose fault. */
function statusOf(code: string): number {
  if (code === 'INVALID_INPUT') return 400
  if (code.endsWith('_NOT_FOUND')) return 404
  if (/^(SESSION|TURN)_/.test(code)) return 409
  if (/^(SERVER_NOT_READY|SUPERVISOR_CLOSED|PERSISTENCE_FAILED)$/.test(code)) return 503
  return 502
}

// From here on: a client, as another program would be.
if (!process.argv.includes('--serve')) {
  const headers = { authorization: `Bearer ${token}` }
  const post = async (path: string, body: unknown) => {
    const response = await fetch(url + path, { method: 'POST', headers, body: JSON.stringify(body) })
    return (await response.json()) as Record<string, string>
  }
  line('stranger', `status ${(await fetch(`${url}/status`)).status}`)
  const { body } = await fetch(`${url}/events?after=0`, { headers })
  const { sessionId } = await post('/sessions', { sandbox: 'read-only', approvalPolicy: 'on-request' })
  const { id } = await post('/turns', { sessionId, input: 'Which files are here?' })
  let text = ''
  reading: for await (const chunk of (body as ReadableStream<Uint8Array>).pipeThrough(
    new TextDecoderStream(),
  )) {
    const messages = (text + chunk).split('\n\n')
    text = messages.pop() ?? ''
    for (const message of messages) {
      const { type, detail } = JSON.parse(message.split('\ndata: ')[1] ?? '{}')
      if (/^(session|turn|approval)\./.test(type)) line('event', type)
      if (type === 'approval.parked') {
        line('approval', detail.description)
        await post(`/approvals/${detail.id}`, { decision: 'accept' })
      }
      if (type === 'turn.settled') break reading
    }
  }
  const turn = (await (await fetch(`${url}/turns/${id}`, { headers })).json()) as {
    status: string
    text: string
  }
  line(turn.status, turn.text)
  server.closeAllConnections()
  server.close()
} else {
  line('token', token)
  await once(process, 'SIGINT')
  server.closeAllConnections()
  server.close()
}

function line(name: string, text: string) {
  console.log(`${name.padStart(9)} │ ${text}`)
}
