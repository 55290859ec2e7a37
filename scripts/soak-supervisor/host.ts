// The program that the soak of the supervisor kills: keeps sessions at work until there are as many turns and runs as
// asked for, over all of its lives. Prints `server PID` and `turns COUNT`, and ends by itself when all is done.
import { writeSync } from 'node:fs'
import { ConduitError, Supervisor } from '../../src/supervisor/index.js'
import { KEEP_ALL } from './keep-all.js'

const [directory = '', codexHome = '', sessions = '1', turns = '1', runs = '1'] = process.argv.slice(2)
const say = (line: string) => writeSync(1, `${line}\n`)

const supervisor = await Supervisor.open({
  directory,
  codexHome,
  restart: { minDelayMs: 10, maxDelayMs: 200, maxRestarts: 1_000 },
  limits: KEEP_ALL,
  logger: ({ type, detail }) => {
    if (type === 'server.ready') say(`server ${(detail as { pid: number }).pid}`)
    if (type === 'turn.settled') say(`turns ${supervisor.listTurns().length}`)
  },
})
await supervisor.start()

/** What may be refused while the server is down, or a turn is being made: nothing was sent, and it is tried again. */
const REFUSALS = ['SERVER_NOT_READY', 'SESSION_BUSY', 'SESSION_LOST', 'TRANSPORT_CLOSED', 'CONNECTION_CLOSED']

async function keepAtWork(sessionId: string): Promise<void> {
  while (supervisor.listTurns().length < Number(turns)) {
    try {
      if (!supervisor.getSession(sessionId)) {
        await supervisor.createSession({ sessionId, sandbox: 'read-only', approvalPolicy: 'never' })
      }
      const turn = await supervisor.createTurn({ sessionId, input: `A turn of ${sessionId}` })
      await turn.settled
    } catch (error) {
      if (!(error instanceof ConduitError) || !REFUSALS.includes(error.code)) throw error
      say(`refused ${error.code}`)
    }
  }
}

async function keepRunning(): Promise<void> {
  for (let number = supervisor.listRuns().length; number < Number(runs); number += 1) {
    const prompt = `Run ${number}`
    await supervisor.createRun({ prompt, sandbox: 'read-only', skipGitRepoCheck: true, ephemeral: true })
  }
  await Promise.all(supervisor.listRuns().map(({ runId }) => supervisor.waitForRun(runId)))
}

await Promise.all([
  ...Array.from({ length: Number(sessions) }, (_, index) => keepAtWork(`session-${index}`)),
  keepRunning(),
])
await supervisor.close()
say('done')
