// Commands on another machine, or in this one: a server that starts processes, and a client that controls them.
// Here both run side by side; `connectWebSocket` reaches any server, that of `codex exec-server` as well.
import { randomBytes } from 'node:crypto'
import { connectWebSocket, ExecServer } from 'codex-conduit/exec-server'

const token = randomBytes(32).toString('base64url')
await using server = new ExecServer()
const { url } = await server.listenWebSocket({ auth: { token } })
await using client = await connectWebSocket({ url, token, clientName: 'example' })
console.log(`server    │ ${url}, ${client.version} protocol, on ${client.environmentInfo?.platformOs}`)

// A shell on a terminal, typed to like a person would.
const env = { PATH: '/usr/local/bin:/usr/bin:/bin', PS1: '$ ', TERM: 'dumb' }
const shell = await client.exec({ argv: ['/bin/sh', '-i'], cwd: '/tmp', env, tty: true })
void shell.write('echo "The screen has $(stty size | tr " " x) characters"\nexit 3\n')
let screen = ''
for await (const bytes of shell.pty) screen += bytes.toString()
for (const line of screen.split(/\r?\n/)) if (line !== '') console.log(`terminal  │ ${line}`)
console.log(`terminal  │ exit code ${(await shell.wait()).exitCode}`)

// A pipeline through pipes: both streams apart, nothing between the program and its bytes.
const argv = ['/bin/sh', '-c', 'seq 1 100000 | grep -c 7; echo done >&2']
const { stdout, stderr, exitCode } = await (await client.exec({ argv, cwd: '/tmp', env })).communicate()
console.log(
  `pipeline  │ ${stdout.bytes.toString().trim()}, then ${stderr.bytes.toString().trim()} (${exitCode})`,
)

// What runs on is killed when it is no longer wanted.
const sleeper = await client.exec({ argv: ['sleep', '600'], cwd: '/tmp', env })
await sleeper.terminate()
console.log(`killed    │ exit code ${(await sleeper.exit).exitCode}`)

// Whoever does not know the token stays outside.
const stranger = await connectWebSocket({ url, token: 'a-guess', clientName: 'stranger' }).catch(String)
console.log(`stranger  │ ${String(stranger)}`)
