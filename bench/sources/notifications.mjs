import { deltaMessage } from './delta.mjs'

const { threadId, turnId } = deltaMessage(0).params

/** What is checked: a delta, and the end of a command. */
export const notifications = {
  delta: deltaMessage(1),
  item: {
    method: 'item/completed',
    params: {
      threadId,
      turnId,
      item: {
        type: 'commandExecution',
        id: 'call_1',
        command: '/bin/zsh -lc ls',
        cwd: '/repo',
        processId: '4711',
        source: 'agent',
        status: 'completed',
        commandActions: [{ type: 'listFiles', command: 'ls', path: null }],
        aggregatedOutput: 'README.md\npackage.json\n',
        exitCode: 0,
        durationMs: 12,
      },
      completedAtMs: 1_790_000_000_000,
    },
  },
}
