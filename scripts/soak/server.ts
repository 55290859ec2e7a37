import type { ApprovalRequest } from '../../src/approvals/index.js'
import { Codex, type Thread } from '../../src/client/index.js'
import { appServerProcess, type StdioTransport } from '../../src/client/start.js'

interface Running {
  readonly codex: Codex
  readonly transport: StdioTransport
}

/** One real app-server for all threads, which can be killed, and is then started again on the same home. */
export class SoakServer {
  readonly #env: Readonly<Record<string, string>>
  #current: Promise<Running>
  #kills = 0

  constructor(env: Readonly<Record<string, string>>) {
    this.#env = env
    this.#current = this.#start()
  }

  /** How often the server was killed. */
  get kills(): number {
    return this.#kills
  }

  /** The client of the server that runs now. */
  async codex(): Promise<Codex> {
    return (await this.#current).codex
  }

  /** Starts a thread, or resumes it on the server that runs now. Rejects when that one is killed meanwhile. */
  async thread(id: string | undefined): Promise<Thread> {
    const codex = await this.codex()
    return id === undefined
      ? codex.startThread({ sandbox: 'read-only', approvalPolicy: 'on-request' })
      : codex.resumeThread(id)
  }

  /** Kills the server of a client, once, and starts the next. */
  async kill(codex: Codex): Promise<void> {
    const current = await this.#current
    if (current.codex !== codex) return
    this.#kills += 1
    this.#current = this.#restart(current)
    await this.#current
  }

  /** Ends the server. */
  async close(): Promise<void> {
    const { codex, transport } = await this.#current
    await codex.close()
    await transport.exited
  }

  async #restart({ codex, transport }: Running): Promise<Running> {
    process.kill(transport.pid as number, 'SIGKILL')
    await codex.closed
    await codex.close()
    await transport.exited
    return this.#start()
  }

  async #start(): Promise<Running> {
    const transport = appServerProcess({ env: this.#env })
    return { codex: await Codex.connect(transport, { onApproval: decide }), transport }
  }
}

/** The command says how it is to be answered. */
function decide(request: ApprovalRequest): 'accept' | 'decline' {
  return request.kind === 'command' && request.command?.includes('echo accept') ? 'accept' : 'decline'
}
