import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { Codex } from '../../../src/integrations/openai-codex-sdk/index.js'
import { threadRequest } from '../../../src/integrations/openai-codex-sdk/thread-request.js'
import { InvalidInputError } from '../../../src/util/errors.js'

/** A folder in no Git repository. */
function plainFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'sdk-options-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** The option that a promise complains of. */
async function complaintOf(promise: Promise<unknown>): Promise<string> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  expect(error).toBeInstanceOf(InvalidInputError)
  return (error as InvalidInputError).option
}

describe('wrong input', () => {
  // None of these can find a program to start: whatever is checked too late fails otherwise.
  const nowhere = { codexPathOverride: '/nowhere/codex' }

  it.each([
    ['config.a', { config: { a: null } }],
    ['config', { config: [] }],
    ['configOverrides', { configOverrides: 'a=1' }],
    ['configOverrides[0]', { configOverrides: [5] }],
    ['env', { env: 'PATH=/bin' }],
    ['apiKey', { apiKey: 5 }],
    ['baseUrl', { baseUrl: {} }],
    ['idleTimeoutMs', { idleTimeoutMs: 0 }],
  ])('is named before anything is started: %s of a Codex', async (name, options) => {
    const codex = new Codex({ ...nowhere, ...options } as never)
    const thread = codex.startThread({ skipGitRepoCheck: true })
    expect(await complaintOf(thread.run('Hello'))).toBe(name)
  })

  it.each([
    ['sandboxMode', { sandboxMode: 'bogus' }],
    ['approvalPolicy', { approvalPolicy: 'bogus' }],
    ['webSearchMode', { webSearchMode: 'bogus' }],
    ['webSearchEnabled', { webSearchEnabled: 'yes' }],
    ['networkAccessEnabled', { networkAccessEnabled: 1 }],
    ['model', { model: 5 }],
    ['workingDirectory', { workingDirectory: 5 }],
    ['workingDirectory', { workingDirectory: 'a\0b' }],
    ['additionalDirectories', { additionalDirectories: '/' }],
    ['additionalDirectories[0]', { additionalDirectories: [''] }],
    ['additionalDirectories[0]', { additionalDirectories: ['a\0b'] }],
  ])('is named before anything is started: %s of a thread', async (name, options) => {
    const thread = new Codex(nowhere).startThread({ skipGitRepoCheck: true, ...options } as never)
    expect(await complaintOf(thread.run('Hello'))).toBe(name)
  })

  it.each([
    ['outputSchema', 'Hello', { outputSchema: 'x' }],
    ['outputSchema', 'Hello', { outputSchema: [] }],
    ['outputSchema', 'Hello', { outputSchema: { const: 1n } }],
    ['signal', 'Hello', { signal: 5 }],
    ['cyberAccessProgram', 'Hello', { cyberAccessProgram: 'bogus' }],
    ['input', 5, {}],
    ['input[0].text', [{ type: 'text' }], {}],
    ['input[1].path', [{ type: 'text', text: 'a' }, { type: 'local_image' }], {}],
  ])('is named before anything is started: %s of a turn', async (name, input, options) => {
    const thread = new Codex(nowhere).startThread({ skipGitRepoCheck: true })
    expect(await complaintOf(thread.run(input as never, options as never))).toBe(name)
  })

  it('of the calls that do nothing yet is thrown at once', () => {
    const codex = new Codex()
    expect(() => new Codex(5 as never)).toThrow(InvalidInputError)
    expect(() => codex.startThread('x' as never)).toThrow(InvalidInputError)
    expect(() => codex.resumeThread('')).toThrow(InvalidInputError)
    expect(() => codex.resumeThread(5 as never)).toThrow(InvalidInputError)
  })
})

describe('the options of a thread', () => {
  it('that are empty or unknown count as left out', () => {
    const options = {
      model: '',
      webSearchMode: '',
      modelReasoningEffort: '',
      sandboxMode: '',
      somethingNew: 1,
    }
    const request = threadRequest({ skipGitRepoCheck: true, ...options } as never, true)
    expect(request).toMatchObject({
      cwd: process.cwd(),
      model: undefined,
      sandboxMode: undefined,
      config: {},
    })
  })

  it.each([
    [false, 'on-request', 'never'],
    [false, undefined, 'never'],
    [true, 'on-request', 'on-request'],
    [true, undefined, undefined],
  ] as const)('let Codex ask only if somebody answers (%s, %s)', (canAsk, approvalPolicy, expected) => {
    const { config } = threadRequest({ skipGitRepoCheck: true, approvalPolicy }, canAsk)
    expect(config.approval_policy).toBe(expected)
  })

  it('accept a worktree, where .git is a file, and any folder below', () => {
    const folder = plainFolder()
    expect(() => threadRequest({ workingDirectory: folder }, false)).toThrow(/skip-git-repo-check/)
    writeFileSync(join(folder, '.git'), 'gitdir: elsewhere\n')
    expect(threadRequest({ workingDirectory: folder }, false).cwd).toBe(folder)
  })

  it('refuse a file in place of a folder', () => {
    const file = join(plainFolder(), 'file')
    writeFileSync(file, '')
    expect(() => threadRequest({ workingDirectory: file }, false)).toThrow(/Not a directory/)
  })
})
