import type {
  CommandApprovalRequest,
  ElicitationRequest,
  FileChangeApprovalRequest,
  McpToolApprovalRequest,
  PermissionsApprovalRequest,
  UserInputRequest,
} from '../../src/approvals/index.js'

const base = {
  threadId: 'thread',
  turnId: 'turn',
  itemId: 'item',
  reason: undefined,
  startedAtMs: undefined,
}

/** Requests as they are read off the wire, with what a test cares about. */
export function command(
  text: string | undefined = 'ls',
  more: Partial<CommandApprovalRequest> = {},
): CommandApprovalRequest {
  return {
    ...base,
    kind: 'command',
    action: 'command',
    command: text,
    cwd: '/',
    network: undefined,
    wantsPermissions: false,
    availableDecisions: undefined,
    params: {} as CommandApprovalRequest['params'],
    ...more,
  }
}

export function fileChange(
  changes: FileChangeApprovalRequest['changes'],
  more: Partial<FileChangeApprovalRequest> = {},
): FileChangeApprovalRequest {
  return {
    ...base,
    kind: 'file-change',
    changes,
    grantRoot: undefined,
    params: {} as FileChangeApprovalRequest['params'],
    ...more,
  }
}

export function permissions(asked: PermissionsApprovalRequest['permissions']): PermissionsApprovalRequest {
  return {
    ...base,
    kind: 'permissions',
    permissions: asked,
    cwd: '/',
    params: {} as PermissionsApprovalRequest['params'],
  }
}

export function mcpTool(
  server: string | undefined,
  tool: string | undefined,
  more: Partial<McpToolApprovalRequest> = {},
): McpToolApprovalRequest {
  return {
    ...base,
    kind: 'mcp-tool',
    server,
    tool,
    arguments: {},
    availableDecisions: ['accept', 'acceptForSession', 'decline', 'cancel'],
    params: {} as McpToolApprovalRequest['params'],
    ...more,
  }
}

export function elicitation(more: Partial<ElicitationRequest> = {}): ElicitationRequest {
  const requestedSchema = {
    type: 'object' as const,
    properties: {
      name: { type: 'string' as const },
      size: { type: 'string' as const, enum: ['S', 'L'] },
      count: { type: 'integer' as const },
      agree: { type: 'boolean' as const },
    },
    required: ['name'],
  }
  const message = 'Which name?'
  return {
    ...base,
    kind: 'elicitation',
    server: 'notes',
    mode: 'form',
    message,
    requestedSchema,
    url: undefined,
    params: { threadId: 'thread', serverName: 'notes', mode: 'form', message, requestedSchema },
    ...more,
  }
}

export function userInput(questions?: UserInputRequest['questions']): UserInputRequest {
  return {
    ...base,
    kind: 'user-input',
    questions: questions ?? [
      {
        id: 'color',
        header: 'Color',
        question: 'Which color?',
        isOther: false,
        isSecret: false,
        options: [
          { label: 'Red', description: 'warm' },
          { label: 'Blue', description: 'cold' },
        ],
      },
      { id: 'why', header: 'Why', question: 'Why?', isOther: true, isSecret: false, options: null },
    ],
    params: {} as UserInputRequest['params'],
  }
}
