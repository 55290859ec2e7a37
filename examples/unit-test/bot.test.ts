// The tests of the bot: no Codex, no process, no network, and no time to wait.
import { createFakeAppServer, type FakeAppServer } from 'codex-conduit/testing'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { type Bot, type Chat, startBot } from './bot.js'

let fake: FakeAppServer
let bot: Bot
let chat: Chat & { readonly posts: string[]; readonly questions: string[]; answer: boolean }

beforeEach(async () => {
  chat = {
    posts: [],
    questions: [],
    answer: true,
    post: (text) => chat.posts.push(text),
    ask: async (question) => chat.questions.push(question) > 0 && chat.answer,
  }
  fake = createFakeAppServer()
  bot = await startBot({ chat, transport: fake.connect(), retry: { sleep: async () => {} } })
})

afterEach(async () => {
  await bot[Symbol.asyncDispose]()
  await fake.close()
  expect(fake.errors).toEqual([])
})

it('asks the chat before it publishes, and tells how it went', async () => {
  fake.onTurn('release', async (turn) => {
    turn.runs('npm test', { output: '12 passed\n' })
    const decision = await turn.asksApproval({ command: 'npm publish', reason: 'The tests pass.' })
    turn.say(decision === 'accept' ? 'Published.' : 'Not published.')
  })
  await bot.handle('Please release 1.2.0')
  expect(chat.questions).toEqual(["May I run /bin/bash -lc 'npm publish'?"])
  expect(chat.posts).toEqual(['Published.'])
})

it('does not publish when the chat says no', async () => {
  chat.answer = false
  fake.onTurn('release', async (turn) => {
    const decision = await turn.asksApproval({ command: 'npm publish' })
    turn.say(decision === 'accept' ? 'Published.' : 'Not published.')
  })
  await bot.handle('Please release 1.2.0')
  expect(chat.posts).toEqual(['Not published.'])
})

it('says why it could not do it', async () => {
  fake.onTurn((turn) => turn.fails('usageLimitExceeded'))
  await bot.handle('Please release 1.2.0')
  expect(chat.posts).toEqual([expect.stringMatching(/^That did not work: .*usage limit/)])
})

it('tries again when Codex is busy', async () => {
  fake.onTurn('release', (turn) => turn.fails('serverOverloaded'), { times: 2 })
  fake.onTurn('release', (turn) => turn.say('Published.'))
  await bot.handle('Please release 1.2.0')
  expect(chat.posts).toEqual(['Codex is busy, I try again.', 'Codex is busy, I try again.', 'Published.'])
  expect(fake.received.filter(({ method }) => method === 'turn/start')).toHaveLength(3)
})
