import type { ClientRequests, Received, Sent } from '../../protocol/index.js'

/** What a thread runs with. */
export interface ThreadSettings {
  readonly model: string
  readonly modelProvider: string
  readonly cwd: string
  readonly approvalPolicy: Received.AskForApproval
  readonly sandbox: Received.SandboxPolicy
  readonly reasoningEffort: string | null
  /** Whether the sandbox is the one that Codex takes when nobody asks for one. */
  readonly hasDefaultSandbox: boolean
}

type TurnOverrides = ClientRequests['turn/start']['params']

const POLICIES: Readonly<Record<string, Received.SandboxPolicy>> = {
  'read-only': { type: 'readOnly', networkAccess: false },
  'workspace-write': {
    type: 'workspaceWrite',
    writableRoots: [],
    networkAccess: false,
    excludeTmpdirEnvVar: false,
    excludeSlashTmp: false,
  },
  'danger-full-access': { type: 'dangerFullAccess' },
}

/** The settings of a thread that is started or loaded with these params. */
export function readSettings(
  params: Sent.ThreadStartParams | Sent.ThreadResumeParams,
  base: ThreadSettings,
): ThreadSettings {
  const sandbox = params.sandbox ? POLICIES[params.sandbox] : undefined
  return {
    model: params.model ?? base.model,
    modelProvider: params.modelProvider ?? base.modelProvider,
    cwd: params.cwd ?? base.cwd,
    approvalPolicy: (params.approvalPolicy as Received.AskForApproval | undefined) ?? base.approvalPolicy,
    sandbox: sandbox ?? base.sandbox,
    reasoningEffort: base.reasoningEffort,
    hasDefaultSandbox: sandbox ? false : base.hasDefaultSandbox,
  }
}

/** The settings after what a turn changes for itself and those that follow. */
export function overrideSettings(params: TurnOverrides, base: ThreadSettings): ThreadSettings {
  const sandbox = params.sandboxPolicy as Received.SandboxPolicy | null | undefined
  return {
    ...base,
    model: params.model ?? base.model,
    cwd: params.cwd ?? base.cwd,
    approvalPolicy: (params.approvalPolicy as Received.AskForApproval | undefined) ?? base.approvalPolicy,
    reasoningEffort: params.effort ?? base.reasoningEffort,
    ...(sandbox
      ? {
          sandbox: sandbox.type === 'readOnly' ? { networkAccess: false, ...sandbox } : sandbox,
          hasDefaultSandbox: false,
        }
      : {}),
  }
}

/** What a response to `thread/start`, `thread/resume` and `thread/fork` tells of them. */
export function toldSettings(settings: ThreadSettings) {
  const { model, modelProvider, cwd, approvalPolicy, sandbox, reasoningEffort } = settings
  return {
    model,
    modelProvider,
    serviceTier: null,
    disabledPluginIds: [],
    cwd,
    runtimeWorkspaceRoots: [cwd],
    instructionSources: [],
    approvalPolicy,
    approvalsReviewer: 'user',
    sandbox,
    activePermissionProfile: profileOf(settings),
    reasoningEffort,
    multiAgentMode: 'explicitRequestOnly',
  } satisfies Omit<Received.ThreadStartResponse, 'thread'>
}

/** What `thread/settings/updated` tells of them. */
export function updatedSettings(settings: ThreadSettings): Received.ThreadSettings {
  const { model, modelProvider, cwd, approvalPolicy, sandbox, reasoningEffort } = settings
  return {
    disabledPluginIds: [],
    cwd,
    environments: environments(cwd),
    approvalPolicy,
    approvalsReviewer: 'user',
    sandboxPolicy: sandbox,
    activePermissionProfile: profileOf(settings),
    model,
    modelProvider,
    serviceTier: null,
    effort: reasoningEffort,
    summary: null,
    collaborationMode: collaborationMode(settings),
    multiAgentMode: 'explicitRequestOnly',
    personality: null,
  }
}

export function collaborationMode({ model, reasoningEffort }: ThreadSettings): Received.CollaborationMode {
  return {
    mode: 'default',
    settings: { model, reasoning_effort: reasoningEffort, developer_instructions: null },
  }
}

export function environments(cwd: string): Received.ThreadEnvironment[] {
  return [{ environmentId: 'local', cwd, runtimeWorkspaceRoots: [cwd] }]
}

function profileOf({ hasDefaultSandbox }: ThreadSettings) {
  return hasDefaultSandbox ? { id: ':read-only', extends: null } : null
}
