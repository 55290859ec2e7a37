import type { FakeAppServerScript } from '../../../src/testing/index.js'

/** What the fake server of `listen.test.ts` plays in a process of its own. */
const script: FakeAppServerScript = (fake) => {
  fake.onTurn('ask', async (turn) => {
    turn.say(`decided: ${await turn.asksApproval({ command: 'npm publish' })}`)
  })
}
export default script
