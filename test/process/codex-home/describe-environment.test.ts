import { expect, test } from 'vitest'
import { describeEnvironment } from '../../../src/process/codex-home/index.js'
import { InvalidInputError } from '../../../src/util/errors.js'
import { everythingIn, SECRETS } from './helpers.js'

/** The facts of one variable in a report. */
function factsOf(name: string, ...args: Parameters<typeof describeEnvironment>) {
  return describeEnvironment(...args).variables.find((variable) => variable.name === name)
}

test('variables that matter to Codex are listed by name, others are only counted', () => {
  const env = {
    PATH: '/bin:/usr/bin',
    HOME: '/home/someone',
    CODEX_HOME: '/homes/a',
    OPENAI_API_KEY: SECRETS.apiKey,
    https_proxy: 'http://proxy:8080',
    NO_PROXY: 'localhost',
    SSL_CERT_FILE: '/etc/ca.pem',
    NODE_EXTRA_CA_CERTS: '/etc/ca.pem',
    RUST_LOG: 'debug',
    TERM: 'xterm',
    EDITOR: 'vi',
    MY_CODEX_NOTE: 'x',
    GONE: undefined,
  }
  const report = describeEnvironment(env, {}, 'linux')
  expect(report.variables.map(({ name }) => name)).toEqual([
    'CODEX_HOME',
    'HOME',
    'NODE_EXTRA_CA_CERTS',
    'NO_PROXY',
    'OPENAI_API_KEY',
    'PATH',
    'RUST_LOG',
    'SSL_CERT_FILE',
    'TERM',
    'https_proxy',
  ])
  expect(report).toMatchObject({ total: 12, secrets: 1, pathEntries: 2 })
})

test('no value and no length of one is in the report', () => {
  const env = {
    OPENAI_API_KEY: SECRETS.apiKey,
    CODEX_ACCESS_TOKEN: SECRETS.accessToken,
    CODEX_NOTE: SECRETS.config,
    HTTPS_PROXY: `http://user:${SECRETS.idToken}@proxy`,
    PATH: `/${SECRETS.refreshToken}`,
    MY_SECRET: 'x'.repeat(4321),
  }
  const text = everythingIn(describeEnvironment(env, { names: ['MY_SECRET'] }))
  for (const secret of [...Object.values(SECRETS), '4321', 'proxy"']) expect(text).not.toContain(secret)
})

test('variables asked for are listed, whether present or not', () => {
  const env = { MY_TOKEN: 'x', EDITOR: 'vi' }
  const { variables } = describeEnvironment(env, { names: ['MY_TOKEN', 'EDITOR', 'ABSENT'] }, 'linux')
  expect(variables).toEqual([
    { name: 'ABSENT', present: false, empty: false, looksSecret: false },
    { name: 'EDITOR', present: true, empty: false, looksSecret: false },
    { name: 'MY_TOKEN', present: true, empty: false, looksSecret: true },
  ])
})

test('a variable set to nothing is present and empty', () => {
  expect(factsOf('OPENAI_API_KEY', { OPENAI_API_KEY: '' })).toMatchObject({ present: true, empty: true })
})

test('a value with a secret in it looks secret under a harmless name', () => {
  const env = {
    HTTPS_PROXY: 'http://user:pass-word-1@proxy:1',
    HTTP_PROXY: 'http://proxy:1',
    CODEX_NOTE: SECRETS.apiKey,
  }
  expect(factsOf('HTTPS_PROXY', env)?.looksSecret).toBe(true)
  expect(factsOf('HTTP_PROXY', env)?.looksSecret).toBe(false)
  expect(factsOf('CODEX_NOTE', env)?.looksSecret).toBe(true)
})

test('on Windows names have no case and PATH is split at semicolons', () => {
  const env = { Path: 'C:\\a;C:\\b;', Codex_Home: 'D:\\homes', mine: 'x' }
  const report = describeEnvironment(env, { names: ['MINE'] }, 'win32')
  expect(report.variables.map(({ name }) => name)).toEqual(['Codex_Home', 'Path', 'mine'])
  expect(report.pathEntries).toBe(2)
})

test('the environment of the process is the default', () => {
  expect(describeEnvironment().total).toBe(Object.keys(process.env).length)
})

test('wrong arguments are refused without their values', () => {
  const error = (() => {
    try {
      describeEnvironment({}, { names: ['A', `TOKEN=${SECRETS.apiKey}`] })
    } catch (caught) {
      return caught
    }
    return undefined
  })()
  expect(error).toBeInstanceOf(InvalidInputError)
  expect(error).toMatchObject({ option: 'names[1]' })
  expect(everythingIn(error)).not.toContain(SECRETS.apiKey)
  expect(() => describeEnvironment({}, { names: 'A' as never })).toThrow(InvalidInputError)
  expect(() => describeEnvironment(null as never)).toThrow(InvalidInputError)
  expect(() => describeEnvironment({}, null as never)).toThrow(InvalidInputError)
})
