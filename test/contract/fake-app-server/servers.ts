import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { appServerProcess } from '../../../src/client/start.js'
import type { Transport } from '../../../src/rpc/transport.js'
import {
  createFakeAppServer,
  type FakeAppServer,
  type ModelStub,
  type StubCodexHome,
  startModelStub,
  stubCodexHome,
} from '../../../src/testing/index.js'
import { RawClient } from './raw-client.js'

/** The real Codex in front of a model stub. One process serves all scenarios, one after the other. */
export class RealServer implements AsyncDisposable {
  readonly stub: ModelStub
  readonly workspace: string
  readonly #home: StubCodexHome

  private constructor(stub: ModelStub, home: StubCodexHome, workspace: string) {
    this.stub = stub
    this.#home = home
    this.workspace = workspace
  }

  static async start(): Promise<RealServer> {
    const stub = await startModelStub()
    const home = await stubCodexHome(stub, {
      features: { default_mode_request_user_input: true, request_permissions_tool: true },
      streamMaxRetries: 5,
    })
    return new RealServer(stub, home, await mkdtemp(join(tmpdir(), 'conformance-')))
  }

  connect(): Transport {
    return appServerProcess({ env: this.#home.env, cwd: this.workspace })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stub.close()
    await this.#home.dispose()
    await rm(this.workspace, { recursive: true, force: true })
  }
}

/** What both servers are told and asked in a scenario. */
export interface Scenario {
  readonly title: string
  /** Has the model say it. */
  readonly model?: (stub: ModelStub) => unknown
  /** Has the fake server do it. */
  readonly script?: (fake: FakeAppServer) => unknown
  /** What the client does. */
  readonly client: (client: RawClient, workspace: string) => Promise<unknown>
  /** Methods that must be among the events, in this order: two empty transcripts would be equal as well. */
  readonly events?: readonly string[]
  /** A part of what the refusals say. */
  readonly refusals?: readonly string[]
}

/** Plays a scenario on the fake server; resolves with the client when it is over. */
export async function playOnFake(scenario: Scenario, workspace: string): Promise<RawClient> {
  await using fake = createFakeAppServer(scenario.script)
  return await play(scenario, fake.connect(), workspace)
}

/** Plays a scenario on the real one. */
export async function playOnReal(
  scenario: Scenario,
  real: RealServer,
  workspace: string,
): Promise<RawClient> {
  real.stub.reset()
  scenario.model?.(real.stub)
  return await play(scenario, real.connect(), workspace)
}

async function play(scenario: Scenario, transport: Transport, workspace: string): Promise<RawClient> {
  const client = new RawClient(transport)
  await client.start()
  try {
    await scenario.client(client, workspace)
  } finally {
    await client.close()
  }
  return client
}
