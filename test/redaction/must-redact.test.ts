import { describe, expect, it } from 'vitest'
import { REDACTED, redact } from '../../src/redaction/index.js'
import { FAKE } from './fragments.js'

const a = 'Abc123Def456Ghi789Jkl012Mno345Pqr678'
const hex = '0123456789abcdef0123456789abcdef'

/** Text before the secret, the secret, text after it. Both texts must survive. */
type Case = readonly [before: string, secret: string, after: string]

const shapes: readonly Case[] = [
  ['key ', FAKE.openai, ' was refused'],
  ['key ', `sk-${a}${a}`, '.'],
  ['bad ', `sk-${'abcdefghijklm'}nopqrstuvw`, ''],
  ['', `sk-${'svcacct-'}${a}_${a}`, ''],
  ['(', `sk-${'admin-'}${a}`, ')'],
  ['session ', `sess-${a}`, ', expired'],
  ['<', FAKE.anthropic, '>'],
  ['', FAKE.github, '\nnext'],
  ['', `gho_${a}`, ' '],
  ['', `ghu_${a}`, ' '],
  ['', `ghs_${a}`, ' '],
  ['', `ghr_${a}`, ' '],
  ['', `github_${'pat_'}11ABCDEFG0${a}_${a}`, ' '],
  ['id ', FAKE.aws, ' ok'],
  ['id ', `AS${'IA'}IOSFODNN7EXAMPLE`, ' ok'],
  ['', FAKE.slack, ''],
  ['', `xo${'xp-'}1234567890-1234567890-${hex}`, ''],
  ['', `xa${'pp-'}1-A0123456789-1234567890-${hex}`, ''],
  ['https://hooks.slack.com/services/', `T00000000/B00000000/${a}`, ' posted'],
  ['https://discord.com/api/webhooks/', `123456789012345678/${a}`, ' posted'],
  ['', FAKE.google, ' x'],
  ['', `ya29.${'a0'}${a}-${a}`, ' x'],
  ['', `GOC${'SPX-'}${a}`, ' x'],
  ['', FAKE.npm, ' x'],
  ['', FAKE.stripe, ' x'],
  ['', `rk_${'live_'}${a}`, ' x'],
  ['', `sk_${'test_'}${a}`, ' x'],
  ['', `wh${'sec_'}${a}`, ' x'],
  ['', `hf${'_'}${a}`, ' x'],
  ['', `gl${'pat-'}${a}`, ' x'],
  ['', `S${'G.'}${a.slice(0, 22)}.${a}${a.slice(0, 7)}`, ' x'],
  ['', `xa${'i-'}${a}`, ' x'],
  ['', `gs${'k_'}${a}`, ' x'],
  ['', `pypi-${'AgEI'}${a}${a}`, ' x'],
  ['', `AGE-SECRET-KEY-${'1'}${'QPZRY9X8'.repeat(7)}`, ' x'],
  ['token is ', FAKE.jwt, '. Next'],
  ['', `${'ey'}JhbGciOiJub25lIn0.${'ey'}JzdWIiOiIxMjM0NTY3ODkwIn0`, '.'],
  ['', `${'ey'}JhbGciOiJkaXIifQ..48V1_ALb6US04U3b.5eym8TW_c8SuK0ltJ3rpYIzOeDQz7TALvtu6UG9oMo4vpzs9tX`, ' x'],
  ['', `${'ey'}J${'ab1'.repeat(800)}`, ' x'],
  ['', FAKE.pem, '\nafter'],
  ['', FAKE.pem.replaceAll('\n', '\\n'), '\\nafter'],
  ['', `-----BEGIN ${'PRIVATE'} KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQEF\nAASCBKcw`, ''],
  ['', `-----BEGIN ${'OPENSSH PRIVATE'} KEY-----\nb3BlbnNzaA==\n-----END OPENSSH PRIVATE KEY-----`, ' x'],
  ['', `-----BEGIN ${'PGP PRIVATE'} KEY BLOCK-----\n\nlQOY\n-----END PGP PRIVATE KEY BLOCK-----`, ' x'],
  ['line\\n', FAKE.openai, '\\nline'],
  ['\\u001b[31m', FAKE.openai, '\\u001b[0m'],
  ['\u001b[31m', FAKE.openai, '\u001b[0m'],
  ['x%3D', FAKE.github, '%26y'],
  ['my_', FAKE.github, '.txt'],
]

const forms: readonly Case[] = [
  ['Authorization: Bearer ', 'abc.def', '\nAccept: */*'],
  ['authorization: bearer ', 'swordfish', '\r\nHost: x'],
  ['Authorization: Basic ', 'dXNlcjpwYXNz', '\n'],
  ['Proxy-Authorization: Basic ', 'dXNlcjpwYXNz', '\n'],
  ['authorization=Bearer ', a, ' next'],
  ['"authorization": "Bearer ', a, '", "x": 1'],
  ["headers['Authorization'] = 'token ", a, "'"],
  ['Authorization: Digest ', 'username="Mufasa", response="6629fae49393a05397450978507c4ef1"', '\nHost: x'],
  ['curl -H "Authorization: AWS4-HMAC-SHA256 ', 'Credential=x/y, Signature=abc', '" https://example.com'],
  ['sent Bearer ', a, ' to the server'],
  ['sent Basic ', 'dXNlcjpwYXNz=', ' to the server'],
  ['Cookie: ', 'sid=abc; theme=dark', '\nHost: x'],
  ['Set-Cookie: ', 'sid=abc; Path=/; HttpOnly', '\r\nx'],
  ["-H 'Cookie: ", 'sid=abc; b=c', "' https://example.com"],
  ['x-api-key: ', 'swordfish', '\n'],
  ['X-Auth-Token: ', 'swordfish', '\n'],
  ['OPENAI_API_KEY=', 'swordfish', ' codex'],
  ["export FOO_TOKEN='", 'sword fish', "'"],
  ['FOO_SECRET="', 'sword fish', '" run'],
  ['env PGPASSWORD=', 'a,b)c', ' psql'],
  ['MYSQL_PWD=', 'swordfish', ' mysql'],
  ['AWS_SECRET_ACCESS_KEY=', 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY', '\n'],
  ['aws_secret_access_key = ', 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY', '\n'],
  ['GITHUB_PAT=', 'swordfish', '\n'],
  ['//registry.example.com/:_authToken=', a, '\n'],
  ['//registry.example.com/:_auth=', 'dXNlcjpwYXNz', '\n'],
  ['PASSWORD: ', 'hunter2', '\nuser: x'],
  ['password: ', 'swordfish', '\nuser: x'],
  ['  password: ', 'hunter2', ' # comment'],
  ['password = ', 'p@ss/word', '\n'],
  ['db.password=', 'hunter2', '\n'],
  ['{"api_key": "', 'abc', '", "n": 1}'],
  ['{"apiKey":"', 'abc', '","n":1}'],
  ['{"refresh_token":"', 'a b c', '","expires_in":1}'],
  ['{\\"api_key\\": \\"', 'abc', '\\", \\"n\\": 1}'],
  ['{\\"password\\":\\"', 'a\\\\\\"b', '\\",\\"n\\":1}'],
  ['{"password":"', 'a\\"b\\\\', '","n":1}'],
  ['{"client_secret" : "', '\\u0061bc', '"}'],
  ["{'token': '", 'abc123', "'}"],
  [':password => "', 'hunter2', '"'],
  ['params["secret"] = "', 'hunter2', '"'],
  ['access_token: Some("', 'abc', '")'],
  ['SecretKey = b"', 'abc', '"'],
  ['password = """', 'abc', '"""'],
  ['https://example.com/?token=', 'abc123', '&page=2'],
  ['https://example.com/?page=2&api_key=', 'abc123', '&x=1'],
  ['https://example.com/?X-Amz-Signature=', hex, '&x=1'],
  ['redirect=https%3A%2F%2Fexample.com%2F%3Ftoken%3D', 'abc123', ' x'],
  ['login --token ', 'VALUE', ' --yes'],
  ['login --password=', 'VALUE', ' --yes'],
  ["login --api-key '", 'VALUE x', "' --yes"],
  ['["login","--password","', 'VALUE', '","--yes"]'],
  ['https://', 'user:pass', '@example.com/path'],
  ['postgres://', 'app:p%40ss', '@db:5432/app?sslmode=require'],
  ['redis://', ':hunter2', '@cache:6379'],
  ['amqp://', 'app:pa/ss', '@queue/vhost'],
  ['mongodb+srv://', 'app:p@ss', '@cluster.example.com'],
  ['https://', `${a}`, '@github.com/a/b.git'],
  ['https:\\/\\/', 'user:pass', '@example.com\\/path'],
  ['https://', `user:${'x'.repeat(600)}@host`, '/path'],
  ['<password>', 'hunter2', '</password>'],
  ['Server=db;Uid=app;Pwd=', 'hunter2', ';'],
  ['AccountName=x;AccountKey=', 'YWJjZGVm+/==', ';'],
  ['\u001b[3mtoken\u001b[0m\u001b[2m=\u001b[0m', 'abcd1234', ' x'],
  ['{"auth":"', 'dXNlcjpwYXNzMTIz', '"}'],
  ['"private_key": "', FAKE.pem.replaceAll('\n', '\\n'), '", "x"'],
  ['KEY=', FAKE.pem, '\nafter'],
  ['private_key: "', `${FAKE.pem}x`, '" y'],
  ['password="', `x ${FAKE.pem}`, '" y'],
  ['password is set; secret_token: ', 'abc12345', ''],
  ['\\nexport API_TOKEN=', 'abc', '\\nrun'],
]

describe('redact removes', () => {
  it.each([...shapes, ...forms].map((sample, index) => [index, ...sample] as const))(
    'the secret of sample %i and nothing around it',
    (_, before, secret, after) => {
      expect(redact(before + secret + after)).toBe(before + REDACTED + after)
    },
  )

  it('every secret of a text with many', () => {
    const text = Object.values(FAKE).join(' and ')
    expect(redact(text)).toBe(Object.values(FAKE).fill(REDACTED).join(' and '))
  })

  it('an unfinished private key only up to a bound', () => {
    const text = `-----BEGIN ${'PRIVATE'} KEY-----\n${'A line of prose.\n'.repeat(2000)}the end`
    const out = redact(text)
    expect(out.startsWith(REDACTED)).toBe(true)
    expect(out.endsWith('the end')).toBe(true)
  })
})
