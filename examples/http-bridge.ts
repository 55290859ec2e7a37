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

/** What a path does; each gets the parts of the path behind its name, and the body. */
const ROUTES: Readonly<Record<string, (id: string, body: Record<string, unknown>) => unknown>> = {
  'GET status': () => supervisor.status(),
  'GET sessions': () => supervisor.listSessions().map(withoutSettings),
  'POST sessions': async (_id, body) => withoutSettings(await supervisor.createSession(body)),
  'DELETE sessions': async (id) => withoutSettings(await supervisor.closeSession(id)),
  'GET turns': (id) => supervisor.getTurn(id),
  'POST turns': async (_id, body) => (await supervisor.createTurn(body as never)).record,
  // The description has no secrets; the request may have.
  'GET approvals': () => supervisor.listApprovals().map(({ request: _request, ...approval }) => approval),
  'POST approvals': (id, { decision }) => supervisor.answerApproval(id, decision as never),
}

/** What a client has done wrong, told to it. */
class BadRequest extends Error {
  readonly code = 'BAD_REQUEST'
  readonly status: number

  constructor(message: string, status = 400) {
    super(message)
    this.status = status
  }
}

/** Longest body that is read, in characters. */
const LONGEST_BODY = 1_000_000

/** Settings may hold secrets, and Codex alone needs them. */
function withoutSettings({ settings: _settings, ...session }: SessionRecord) {
  return session
}

const server = createServer((request, response) => {
  answer(request, response).catch((error: unknown) => {
    if (response.headersSent) response.destroy()
    else send(response, statusOf(error), { error: describe(error) })
  })
})
server.listen(Number(process.env.PORT ?? 0), '127.0.0.1')
await once(server, 'listening')
const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
line('listening', url)

async function answer(request: IncomingMessage, response: ServerResponse) {
  if (!isAllowed(request)) return send(response, 401, { error: { code: 'UNAUTHORIZED' } })
  const { name, id, searchParams } = readPath(request.url ?? '/')
  if (request.method === 'GET' && name === 'events') {
    // A browser that reconnects tells the last event it has seen.
    const after = request.headers['last-event-id'] ?? searchParams.get('after') ?? undefined
    return await streamEvents(response, after === undefined ? {} : { after: Number(after) })
  }
  const route = ROUTES[`${request.method} ${name}`]
  if (!route) return send(response, 404, { error: { code: 'NOT_FOUND' } })
  send(response, 200, (await route(id, await readBody(request))) ?? null)
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

function readPath(path: string) {
  try {
    const { pathname, searchParams } = new URL(path, url)
    const [, name = '', id = ''] = pathname.split('/').map(decodeURIComponent)
    return { name, id, searchParams }
  } catch {
    throw new BadRequest('The path is not a valid one')
  }
}

async function readBody(request: IncomingMessage): Promise<Record<string, unknown>> {
  let text = ''
  // Read to its end, or the connection breaks before the client has read the answer.
  for await (const chunk of request.setEncoding('utf8')) if (text.length <= LONGEST_BODY) text += chunk
  if (text.length > LONGEST_BODY) throw new BadRequest('The body is too long', 413)
  const body = text === '' ? {} : parse(text)
  if (typeof body === 'object' && body !== null && !Array.isArray(body))
    return body as Record<string, unknown>
  throw new BadRequest('The body is no JSON object')
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // What the parser says quotes the body, which may hold a secret.
    throw new BadRequest('The body is no JSON')
  }
}

function send(response: ServerResponse, status: number, value: unknown) {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value))
}

function statusOf(error: unknown): number {
  if (error instanceof BadRequest) return error.status
  return error instanceof ConduitError ? 400 : 500
}

function describe(error: unknown) {
  // What another error tells may not be for others to read.
  if (!(error instanceof ConduitError || error instanceof BadRequest)) return { code: 'FAILED' }
  const { code, message } = error
  return { code, message }
}

// From here on: a client, as another program would be.
if (!process.argv.includes('--serve')) {
  const headers = { authorization: `Bearer ${token}` }
  const post = async (path: string, body: unknown) => {
    const response = await fetch(url + path, { method: 'POST', headers, body: JSON.stringify(body) })
    return (await response.json()) as Record<string, string>
  }
  line('stranger', `status ${(await fetch(`${url}/status`)).status}`)
  for (const mistake of ['{"sandbox":', '["read-only"]', ' '.repeat(LONGEST_BODY + 1)]) {
    const refused = await fetch(`${url}/sessions`, { method: 'POST', headers, body: mistake })
    line('mistake', `status ${refused.status}, ${await refused.text()}`)
  }
  const lost = await fetch(`${url}/turns/%E0`, { headers })
  line('mistake', `status ${lost.status}, ${await lost.text()}`)
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
