// One app-server for several programs: started once on a port of this machine, guarded by a token.
// For a socket that only this user can open, listen on `unix:///path` instead; it needs no token.
import { randomBytes } from 'node:crypto'
import { Codex, classifyFailure, launchAppServer, webSocket } from 'codex-conduit'

const token = randomBytes(32).toString('base64url')
await using server = await launchAppServer({ listen: 'ws://127.0.0.1:0', auth: { token } })
console.log(`server    │ ${server.url}, pid ${server.pid}`)

// Clients of one server share its threads; each has its own connection and its own answers to approvals.
await using writer = await Codex.connect(webSocket(server.url, { token }))
await using reader = await Codex.connect(webSocket(server.url, { token }))

const thread = await writer.startThread({ sandbox: 'read-only', approvalPolicy: 'never' })
console.log(`writer    │ ${(await thread.run('Name a colour of the sea.')).text}`)

const resumed = await reader.resumeThread(thread.id)
console.log(`reader    │ ${(await resumed.run('And of the evening sky?')).text}`)

// Whoever does not know the token stays outside, with a failure that says why.
const stranger = await Codex.connect(webSocket(server.url, { token: 'a-guess' })).catch(classifyFailure)
if (!(stranger instanceof Codex)) {
  console.log(`stranger  │ ${stranger.kind} (${stranger.httpStatus}): ${stranger.hint}`)
}

await writer.close()
await reader.close()
await server.close()
const { code } = await server.exited
console.log(`server    │ exited with code ${code}`)
