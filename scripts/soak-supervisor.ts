// `npm run soak-supervisor [-- --sessions N --turns N --runs N --server-kills N --host-kills N --seed N]`: a supervisor
// of the real Codex at work, offline, whose server and whose own program are killed again and again. Prints what is
// left, and ends with 1 when a turn or run has not its one end, an event is missing or a process is left.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Supervisor } from '../src/supervisor/index.js'
import { reply, startModelStub, stubCodexHome } from '../src/testing/index.js'
import { randomFrom } from './soak/random.js'
import { KEEP_ALL } from './soak-supervisor/keep-all.js'
import { runHost } from './soak-supervisor/killed-host.js'
import { readSupervisorSoakOptions } from './soak-supervisor/options.js'
import { processesOf, verify } from './soak-supervisor/verify.js'

const options = readSupervisorSoakOptions(process.argv.slice(2))
const { sessions, turns, runs, seed } = options
const random = randomFrom(seed)
/** Turns after which something is killed: one in each part of the whole, anywhere in it. */
const spread = (kills: number) =>
  Array.from({ length: kills }, (_, index) => Math.floor(((index + random()) * turns * 0.9) / kills) + 1)
const serverKills = spread(options['server-kills'])
const hostKills = spread(options['host-kills'])

const stub = await startModelStub({
  fallback: () => reply.text('A short answer in some deltas', { pace: 5 }),
})
const home = await stubCodexHome(stub)
const directory = await mkdtemp(join(tmpdir(), 'conduit-soak-'))
const startedAt = performance.now()
let serversKilled = 0
let hostsKilled = 0
const problems: string[] = []

for (let end: string = 'killed'; end === 'killed'; ) {
  end = await runHost([directory, home.path, ...[sessions, turns, runs].map(String)], home.env, {
    nextServerKill: () => serverKills[serversKilled],
    serverKilled: () => {
      serversKilled += 1
    },
    hostKill: hostKills[hostsKilled],
  })
  if (end === 'killed') hostsKilled += 1
  if (end === 'failed') problems.push('the program failed by itself')
  console.error(`program ${end} after ${Math.round((performance.now() - startedAt) / 1_000)} s`)
}

const supervisor = await Supervisor.open({ directory, codexHome: home.path, limits: KEEP_ALL })
const found = await verify(supervisor)
await supervisor.close()
const left = processesOf(home.path)
problems.push(...found.problems, ...left.map((pid) => `process ${pid} is left`))
const isEnough = (counts: Readonly<Record<string, number>>, wanted: number) =>
  Object.values(counts).reduce((sum, count) => sum + count, 0) >= wanted
if (!isEnough(found.turns, turns)) problems.push(`there are fewer than ${turns} turns`)
if (!isEnough(found.runs, runs)) problems.push(`there are fewer than ${runs} runs`)
if (serversKilled < options['server-kills']) problems.push(`only ${serversKilled} servers were killed`)
if (hostsKilled < options['host-kills']) problems.push(`only ${hostsKilled} programs were killed`)

console.log(`sessions         ${sessions}`)
console.log(`turns            ${JSON.stringify(found.turns)}`)
console.log(`runs             ${JSON.stringify(found.runs)}`)
console.log(`events           ${found.events}`)
console.log(`servers killed   ${serversKilled}`)
console.log(`programs killed  ${hostsKilled}`)
console.log(`model requests   ${stub.requests.length}`)
console.log(`seconds          ${Math.round((performance.now() - startedAt) / 1_000)}`)
console.log(problems.length === 0 ? 'nothing was lost' : `\nproblems:\n${problems.join('\n')}`)
process.exitCode = problems.length === 0 ? 0 : 1

await stub.close()
await home.dispose()
await rm(directory, { recursive: true, force: true })
