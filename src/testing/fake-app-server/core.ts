import type { ClientMethod, ParamsOf, ResultOf } from '../../protocol/index.js'
import type { FakeClient } from './client.js'
import { Ids } from './ids.js'
import { ServerRequests } from './server-requests.js'
import type { ThreadSettings } from './settings.js'
import { FakeThread } from './thread.js'
import { ThreadStore } from './thread-store.js'
import { TurnRules } from './turn-rules.js'
import type { TurnServer } from './turn-run.js'

/** Says what a request is answered with. What is given to `after` happens when the answer is on its way. */
export type Answerer<M extends ClientMethod> = (
  params: ParamsOf<M> & object,
  context: RequestScene,
) => ResultOf<M>

/** What a request is answered in. */
export interface RequestScene {
  readonly core: Core
  readonly client: FakeClient
  /** Has something done right behind the answer. */
  readonly after: (what: () => void) => void
  /** Answers at once, for what Codex tells only behind its answer. */
  readonly answer: (result: unknown) => void
}

/** What everything in a fake server shares. */
export class Core implements TurnServer {
  readonly ids = new Ids()
  readonly requests = new ServerRequests(() => this.ids.request())
  readonly threads = new ThreadStore()
  readonly rules = new TurnRules()
  /** Prefixes of commands that were allowed for good, as JSON. */
  readonly execRules = new Set<string>()
  readonly clients = new Set<FakeClient>()
  /** What scripts and handlers threw. */
  readonly errors: Error[] = []
  readonly codexHome: string
  readonly model: string
  readonly defaults: ThreadSettings

  constructor(model: string, codexHome: string) {
    this.model = model
    this.codexHome = codexHome
    this.defaults = {
      model,
      modelProvider: 'fake',
      cwd: process.cwd(),
      approvalPolicy: 'on-request',
      sandbox: { type: 'readOnly', networkAccess: false },
      reasoningEffort: null,
      hasDefaultSandbox: true,
    }
  }

  readonly scriptFailed = (error: Error): void => {
    this.errors.push(error)
  }

  /** Tells everybody who is connected. */
  readonly broadcast = (method: string, params: unknown): void => {
    for (const client of this.clients) client.notify(method, params)
  }

  /** Makes a thread that a client follows. */
  addThread(
    client: FakeClient,
    settings: ThreadSettings,
    facts: {
      readonly isEphemeral: boolean
      readonly forkedFromId?: string
      readonly tools?: ReadonlySet<string>
    },
  ): FakeThread {
    const thread = new FakeThread({
      id: this.ids.uuid(),
      settings,
      isEphemeral: facts.isEphemeral,
      originator: client.name,
      forkedFromId: facts.forkedFromId ?? null,
      codexHome: this.codexHome,
      tools: facts.tools ?? new Set(),
      broadcast: this.broadcast,
    })
    thread.subscribers.add(client)
    this.threads.add(thread)
    return thread
  }
}
