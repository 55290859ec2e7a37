import { shellJoin } from '../../client/dialects/shell-join.js'
import type { Received } from '../../protocol/index.js'

type Item<T extends string> = Extract<Received.ThreadItem, { type: T }>
type Timed<T> = T & { startedAtMs?: number | null; completedAtMs?: number | null }

/** A change of one file. */
export interface FileEdit {
  /** The file; relative paths are those of the thread's folder. */
  readonly path: string
  /** What changes: a unified diff without its header, or the whole content of a file that comes or goes. */
  readonly diff: string
  /** @default 'update' */
  readonly kind?: 'add' | 'delete' | 'update'
}

/** Builders of items, with every member that Codex sends. */
export const items = {
  userMessage: (
    id: string,
    content: Received.UserInput[],
    clientId: string | null,
  ): Timed<Item<'userMessage'>> => ({ type: 'userMessage', id, clientId, content }),

  agentMessage: (id: string, text: string, phase: Received.MessagePhase | null) => ({
    type: 'agentMessage' as const,
    moderation: null,
    id,
    text,
    phase,
    memoryCitation: null,
    delivery: null,
    questions: null,
  }),

  reasoning: (id: string, summary: string[], content: string[]) => ({
    type: 'reasoning' as const,
    id,
    summary,
    content,
  }),

  /** A command that begins; `processId` is null while it waits for approval. */
  command: (id: string, command: string, cwd: string, processId: string | null) => ({
    type: 'commandExecution' as const,
    id,
    pluginId: null,
    scriptPath: null,
    command: shellCommand(command),
    cwd,
    processId,
    source: processId === null ? ('agent' as const) : ('unifiedExecStartup' as const),
    status: 'inProgress' as Received.CommandExecutionStatus,
    commandActions: [{ type: 'unknown' as const, command }],
    aggregatedOutput: null as string | null,
    exitCode: null as number | null,
    durationMs: null as number | null,
  }),

  fileChange: (id: string, edits: readonly FileEdit[], cwd: string) => ({
    type: 'fileChange' as const,
    id,
    changes: edits.map(({ path, diff, kind = 'update' }) => ({
      path: absolute(path, cwd),
      kind: kind === 'update' ? { type: kind, move_path: null } : { type: kind },
      diff,
    })),
    status: 'inProgress' as Received.PatchApplyStatus,
  }),

  toolCall: (id: string, tool: string, namespace: string | null, args: unknown) => ({
    type: 'dynamicToolCall' as const,
    id,
    namespace,
    tool,
    arguments: args,
    status: 'inProgress' as Received.DynamicToolCallStatus,
    contentItems: null as Received.DynamicToolCallOutputContentItem[] | null,
    success: null as boolean | null,
    durationMs: null as number | null,
  }),

  compaction: (id: string) => ({ type: 'contextCompaction' as const, id }),
}

/** The command line that Codex shows for a script: the shell that runs it. */
function shellCommand(script: string): string {
  return shellJoin(['/bin/bash', '-lc', script])
}

/** The difference of a turn in the form of `git diff`. */
export function turnDiff(edits: readonly FileEdit[]): string {
  return edits.map(fileDiff).join('')
}

function fileDiff({ path, diff, kind = 'update' }: FileEdit): string {
  const header = `diff --git a/${path} b/${path}\n`
  if (kind === 'update') return `${header}--- a/${path}\n+++ b/${path}\n${diff}`
  const isNew = kind === 'add'
  const lines = diff.split('\n').slice(0, diff.endsWith('\n') ? -1 : undefined)
  const range = `${lines.length === 1 ? '1' : `1,${lines.length}`}`
  const body = lines.map((line) => `${isNew ? '+' : '-'}${line}\n`).join('')
  return isNew
    ? `${header}new file mode 100644\n--- /dev/null\n+++ b/${path}\n@@ -0,0 +${range} @@\n${body}`
    : `${header}deleted file mode 100644\n--- a/${path}\n+++ /dev/null\n@@ -${range} +0,0 @@\n${body}`
}

function absolute(path: string, cwd: string): string {
  return path.startsWith('/') ? path : `${cwd.replace(/\/$/, '')}/${path}`
}
