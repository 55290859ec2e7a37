import { describe, expect, it } from 'vitest'
import { readErrorText, readRpcCode } from '../../src/exec/error-text.js'

describe('the error in an error stream', () => {
  it.each([
    ['nothing', '', undefined],
    ['blank lines', '\n \r\n', undefined],
    ['a plain sentence', 'No prompt provided via stdin.\n', 'No prompt provided via stdin.'],
    ['an error and its trace', 'Error: no way\n\nStack backtrace:\n   0: <unknown>\n', 'no way'],
    ['a trace alone', '\nStack backtrace:\n   0: <unknown>\n', undefined],
    [
      'a usage error',
      "error: unexpected argument '-x' found\n\nUsage: codex\n",
      "unexpected argument '-x' found",
    ],
    [
      'an error of the configuration on two lines',
      'Error loading config.toml: invalid type\nin `model`\n\n',
      'Error loading config.toml: invalid type\nin `model`',
    ],
    ['the last of several', 'ERROR: Reconnecting... 1/3\nuser\nERROR: the end\ncodex\n', 'the end\ncodex'],
    ['what is no log line', 'why\n2026-11-21T11:54:37.32Z ERROR codex_core: noise\n', 'why'],
    ['log lines only', '2026-11-21T11:54:37.32Z  WARN codex_core: noise\n', undefined],
    ['an error without a text', 'Error: \n', undefined],
    ['more lines than anybody reads', `Error: ${'a\n'.repeat(50)}`, 'a\na\na\na'],
  ])('is found in %s', (_what, stderr, text) => {
    expect(readErrorText(stderr)).toBe(text)
  })

  it('has the number of the JSON-RPC error that it quotes', () => {
    expect(readRpcCode('thread/resume: thread/resume failed: no rollout found (code -32600)')).toBe(-32600)
    expect(readRpcCode('turn/start: failed (code -32602), data: {"a":1}')).toBe(-32602)
    expect(readRpcCode('the program said (code -32600)')).toBeUndefined()
    expect(readRpcCode('thread/resume: failed')).toBeUndefined()
  })
})
