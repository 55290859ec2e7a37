import { expect, test } from 'vitest'
import { namesOtherCredentials, readAuthFacts } from '../../../src/process/codex-home/credentials.js'
import { KEY_AUTH, TOKEN_AUTH } from './helpers.js'

const bytes = (text: string) => new TextEncoder().encode(text)

test.each([
  [KEY_AUTH, ['api-key'], false],
  [TOKEN_AUTH, ['tokens'], true],
  ['{"OPENAI_API_KEY":"k","tokens":{"access_token":"a"}}', ['api-key', 'tokens'], false],
  ['{"agent_identity":{"id":"x"}}', ['agent-identity'], false],
  ['{"personal_access_token":"p"}', ['personal-access-token'], false],
  ['{"bedrock_api_key":"b"}', ['bedrock'], false],
  ['{"bedrock_access_keys":{"id":"b"}}', ['bedrock'], false],
  ['{"OPENAI_API_KEY":null,"tokens":null}', [], false],
  ['{"OPENAI_API_KEY":" ","tokens":{"access_token":""}}', [], false],
  ['{"OPENAI_API_KEY":7,"tokens":[],"agent_identity":{}}', [], false],
  ['{"something_new":"x"}', [], false],
])('the kinds of credentials are told: %s', (text, kinds, hasRefreshToken) => {
  expect(readAuthFacts(bytes(text))).toEqual({ parses: true, kinds, hasRefreshToken })
})

test.each(['', 'junk', '[]', 'null', '"text"', '\ufeff{}', '{"a":'])(
  'what Codex does not take for a credential file does not parse: %j',
  (text) => {
    expect(readAuthFacts(bytes(text))).toEqual({ parses: false, kinds: [], hasRefreshToken: false })
  },
)

test('bytes that are not UTF-8 do not parse', () => {
  expect(readAuthFacts(Uint8Array.of(0x22, 0xff, 0x22)).parses).toBe(false)
})

test.each([
  'model_provider = "x"',
  'model = "y"\n  model_provider="x"',
  '"model_provider" = "x"',
  '[model_providers.mine]\nname = "mine"',
  '[ profiles.work ]',
  'profile = "work"',
  'profiles.work.model_provider = "x"',
  'cli_auth_credentials_store = "keyring"',
  'a = 1\r\nmodel_provider = "x"\r\n',
])('a setting that may bring credentials is noticed: %j', (text) => {
  expect(namesOtherCredentials(bytes(text))).toBe(true)
})

test.each([
  '',
  'model = "model_provider"',
  '# model_provider = "x"',
  'my_model_provider = 1',
  'profiled = 1',
])('other settings are not taken for one: %j', (text) => {
  expect(namesOtherCredentials(bytes(text))).toBe(false)
})

test.each(['\n', ' ', '[', '\t[ ', '"'])('a large file of %j alone is read through', (part) => {
  expect(namesOtherCredentials(bytes(part.repeat(1024 * 1024)))).toBe(false)
})
