import { mkdir, mkdtemp } from 'node:fs/promises'
import path from 'node:path'
import { Codex, type CodexOptions, type Thread } from '../../src/client/index.js'
import {
  type ModelRequest,
  type ModelStub,
  type Reply,
  reply,
  type StubCodexHome,
  startModelStub,
  stubCodexHome,
} from '../../src/testing/index.js'
import { stdio } from '../../src/transports/stdio.js'
import { Wiretap } from './wiretap.js'

/** What probes of one version have in common. */
export interface Subject {
  readonly version: string
  /** Path of the native binary. */
  readonly binary: string
  /** A model for which this version offers the patch tool. */
  readonly model: string
}

/** A client, with what its server said beneath the translation. */
export interface OpenClient {
  readonly codex: Codex
  readonly wire: Wiretap
}

/** A private place for one probe: a Codex home, a model, a folder to work in, and the clients it opened. */
export class Laboratory implements AsyncDisposable {
  readonly stub: ModelStub
  /** Folder that threads work in. */
  readonly folder: string
  readonly #home: StubCodexHome
  readonly #subject: Subject
  readonly #clients: Codex[] = []

  private constructor(subject: Subject, stub: ModelStub, home: StubCodexHome, folder: string) {
    this.#subject = subject
    this.stub = stub
    this.#home = home
    this.folder = folder
  }

  static async open(subject: Subject, settings: { readonly retries?: number } = {}): Promise<Laboratory> {
    const stub = await startModelStub()
    const home = await stubCodexHome(stub, {
      model: subject.model,
      streamMaxRetries: settings.retries ?? 0,
    })
    const folder = await mkdtemp(path.join(home.path, 'work-'))
    await mkdir(path.join(home.path, 'user'))
    return new Laboratory(subject, stub, home, folder)
  }

  /** Starts the version's app-server and a client of it. */
  async client(options: CodexOptions = {}): Promise<OpenClient> {
    const wire = new Wiretap(
      stdio({
        command: this.#subject.binary,
        args: ['app-server'],
        // The user's own shell profile must not speak in the output of commands.
        env: { ...this.#home.env, HOME: path.join(this.#home.path, 'user') },
        cwd: this.folder,
      }),
    )
    const codex = await Codex.connect(wire, options)
    this.#clients.push(codex)
    return { codex, wire }
  }

  /** A client with a thread that asks before it does anything, and whose commands run without a sandbox. */
  async thread(options: CodexOptions = {}): Promise<OpenClient & { readonly thread: Thread }> {
    const client = await this.client(options)
    const thread = await client.codex.startThread({
      cwd: this.folder,
      approvalPolicy: 'untrusted',
      sandbox: 'danger-full-access',
    })
    return { ...client, thread }
  }

  /** Lets the model say these things in order; a reply may depend on the request. */
  say(...replies: readonly (Reply | ((request: ModelRequest) => Reply))[]): void {
    const left = [...replies]
    this.stub.onRequest((request) => {
      const next = left.shift()
      return typeof next === 'function' ? next(request) : next
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.allSettled(this.#clients.map((codex) => codex.close()))
    await this.stub.close()
    await this.#home.dispose()
  }
}

/** A shell command by the tool that the version offers: its name and arguments have changed twice. */
export function command(line: string, callId: string): (request: ModelRequest) => Reply {
  return (request) => {
    const tools = toolNames(request)
    if (tools.includes('exec_command')) return reply.execCommand(line, { callId })
    if (tools.includes('shell_command'))
      return reply.functionCall('shell_command', { command: line }, { callId })
    return reply.functionCall('shell', { command: ['bash', '-lc', line] }, { callId })
  }
}

/** The tools that a request offers to the model. */
export function toolNames(request: ModelRequest): string[] {
  const { tools } = request.body as { tools?: readonly { name?: string; type: string }[] }
  return (tools ?? []).map((tool) => tool.name ?? tool.type)
}
