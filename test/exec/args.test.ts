import { describe, expect, it } from 'vitest'
import { buildExecArgs, type ExecRequest } from '../../src/exec/index.js'

const ID = '01a1fdf6-4748-72a0-8d1c-8d7dd71faae2'

/** What each option becomes, by what it adds to `codex exec --json … -`. */
const OPTIONS: readonly (readonly [string, Partial<ExecRequest>, readonly string[]])[] = [
  ['model', { model: 'gpt-5.5' }, ['--model=gpt-5.5']],
  ['profile', { profile: 'ci' }, ['--profile=ci']],
  ['sandbox', { sandbox: 'workspace-write' }, ['--sandbox=workspace-write']],
  ['color', { color: 'never' }, ['--color=never']],
  [
    'config',
    { config: { model_verbosity: 'low', tools: { web_search: true } } },
    ['-c', 'model_verbosity="low"', '-c', 'tools.web_search=true'],
  ],
  [
    'configOverrides, behind config',
    { configOverrides: ['b=[1, 2]', 'c='], config: { a: 1 } },
    ['-c', 'a=1', '-c', 'b=[1, 2]', '-c', 'c='],
  ],
  [
    'additionalWritableDirectories',
    { additionalWritableDirectories: ['/a', 'b c'] },
    ['--add-dir=/a', '--add-dir=b c'],
  ],
  ['images', { images: ['-a.png', 'b.png'] }, ['--image=-a.png', '--image=b.png']],
  ['outputSchema', { outputSchema: {} }, ['--output-schema=<output-schema.json>']],
  ['outputLastMessage', { outputLastMessage: 'out.txt' }, ['--output-last-message=out.txt']],
  ['ephemeral', { ephemeral: true }, ['--ephemeral']],
  ['ephemeral: false', { ephemeral: false }, []],
  ['skipGitRepoCheck', { skipGitRepoCheck: true }, ['--skip-git-repo-check']],
  ['json: true', { json: true }, []],
  ['cwd, of the process', { cwd: '/repo' }, []],
  ['env and cliPath, of the process', { env: { A: 'b' }, cliPath: '/codex' }, []],
  ['timeoutMs, purpose and metadata, of the run', { timeoutMs: 1, purpose: 'p', metadata: { a: 1 } }, []],
]

/** Where the turn comes from. */
const SOURCES: readonly (readonly [string, ExecRequest, readonly string[]])[] = [
  ['a prompt', { prompt: '--model=x' }, ['-']],
  ['a session', { prompt: 'x', resume: ID }, ['resume', ID, '-']],
  ['the last session', { prompt: 'x', resume: 'last' }, ['resume', '--last', '-']],
  [
    'the last session of any folder',
    { prompt: 'x', resume: 'last', resumeFromAnyFolder: true },
    ['resume', '--last', '--all', '-'],
  ],
  ['a copy of a session', { prompt: 'x', fork: ID }, ['fork', ID, '-']],
  ['uncommitted changes', { review: { uncommitted: true } }, ['review', '--uncommitted']],
  ['a branch', { review: { base: '-main' } }, ['review', '--base=-main']],
  ['a commit', { review: { commit: 'abc' } }, ['review', '--commit=abc']],
  [
    'a commit with a title',
    { review: { commit: 'abc', title: '-t' } },
    ['review', '--commit=abc', '--title=-t'],
  ],
  ['instructions', { review: { instructions: 'look' } }, ['review', '-']],
]

describe('the arguments', () => {
  it.each(OPTIONS)('of %s', (_option, request, expected) => {
    expect(buildExecArgs({ prompt: 'x', ...request })).toEqual(['exec', '--json', ...expected, '-'])
  })

  it.each(SOURCES)(
    'of a turn from %s: behind all options, and without the prompt',
    (_source, request, expected) => {
      expect(buildExecArgs(request)).toEqual(['exec', '--json', ...expected])
      expect(buildExecArgs({ ...request, sandbox: 'read-only', ephemeral: true })).toEqual([
        'exec',
        '--json',
        '--sandbox=read-only',
        '--ephemeral',
        ...expected,
      ])
    },
  )

  it('without events ask for the last message in a file, unless the caller names one', () => {
    expect(buildExecArgs({ prompt: 'x', json: false })).toEqual([
      'exec',
      '--output-last-message=<last-message.txt>',
      '-',
    ])
    expect(buildExecArgs({ prompt: 'x', json: false, outputLastMessage: 'a' })).toEqual([
      'exec',
      '--output-last-message=a',
      '-',
    ])
  })

  it('of everything at once come in one order, however the request was written', () => {
    const request: ExecRequest = {
      prompt: 'x',
      resume: ID,
      skipGitRepoCheck: true,
      ephemeral: true,
      outputLastMessage: 'o',
      outputSchema: {},
      images: ['i'],
      additionalWritableDirectories: ['d'],
      configOverrides: ['k=v'],
      config: { a: true },
      sandbox: 'danger-full-access',
      profile: 'p',
      model: 'm',
      color: 'always',
    }
    const args = [
      ...['exec', '--json', '--color=always', '--model=m', '--profile=p', '--sandbox=danger-full-access'],
      ...['-c', 'a=true', '-c', 'k=v', '--add-dir=d', '--image=i', '--output-schema=<output-schema.json>'],
      ...['--output-last-message=o', '--ephemeral', '--skip-git-repo-check', 'resume', ID, '-'],
    ]
    expect(buildExecArgs(request)).toEqual(args)
    expect(buildExecArgs(Object.fromEntries(Object.entries(request).reverse()))).toEqual(args)
  })

  it('are made anew from a request that stays as it was', () => {
    const request = Object.freeze({ prompt: 'x', configOverrides: Object.freeze(['a=1']) })
    const args = buildExecArgs(request)
    args.push('more')
    expect(buildExecArgs(request)).toEqual(['exec', '--json', '-c', 'a=1', '-'])
  })
})

describe('options that exclude one another', () => {
  const review = { uncommitted: true } as const
  it.each<readonly [string, ExecRequest, string]>([
    ['no prompt', {}, 'prompt'],
    ['a blank prompt', { prompt: ' \n' }, 'prompt'],
    ['a blank prompt to a session', { prompt: '', resume: 'last' }, 'prompt'],
    ['resume and fork', { prompt: 'x', resume: ID, fork: ID }, 'fork'],
    ['resume and review', { resume: ID, review }, 'review'],
    ['fork and review', { fork: ID, review }, 'review'],
    ['any folder without resume', { prompt: 'x', resumeFromAnyFolder: true }, 'resumeFromAnyFolder'],
    ['any folder with an id', { prompt: 'x', resume: ID, resumeFromAnyFolder: true }, 'resumeFromAnyFolder'],
    ['a prompt for a review', { prompt: 'x', review }, 'prompt'],
    ['images for a review', { images: ['a'], review }, 'images'],
    ['a schema for a review', { outputSchema: {}, review }, 'outputSchema'],
    ['no request at all', undefined as never, 'request'],
  ])('are refused: %s', (_what, request, option) => {
    expect(() => buildExecArgs(request)).toThrow(expect.objectContaining({ code: 'INVALID_INPUT', option }))
  })

  it('are told before a configuration that TOML cannot express', () => {
    expect(() => buildExecArgs({ prompt: 'x', config: { a: Number.NaN } })).toThrow(
      expect.objectContaining({ option: 'config.a' }),
    )
  })
})
