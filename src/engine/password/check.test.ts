import { describe, expect, it } from 'vitest'
import { checkPassword } from './check.ts'

// Hashes of crypt(3) and of nginx's own tests, all of "password".
const hashes = [
  ['DES', 'sa3tHJ3/KuYvI'],
  ['MD5', '$1$salt$qJH7.N4xYta3aEG/dfqo/0'],
  ['apr1', '$apr1$salt$Xxd1irWT9ycqoYxGFn4cb.'],
  ['SHA-256', '$5$rounds=1000$ab$1w1vy5uCLDQWfIMwmaMatnSGmBa34fZnvo3JO2w3CP1'],
  [
    'SHA-512',
    '$6$saltsalt$qFmFH.bQmmtXzyBY0s9v7Oicd2z4XSIecDzlB5KiA2/jctKu9YterLp8wwnSq.qc.eoxqOmSuNp2xS0ktL3nh/',
  ],
  ['bcrypt $2b$', '$2b$04$abcdefghijklmnopqrstuughE8Ev8uGFaUgY2cNEySvxngrb/Jzdm'],
  ['bcrypt $2y$', '$2y$05$CCCCCCCCCCCCCCCCCCCCC.aDV7CQarKHMuNfh2oJkFzsHZya4whFe'],
  ['plain', '{PLAIN}password'],
  ['salted SHA', '{SSHA}yI6cZwQadOA1e+/f+T+H3eCQQhRzYWx0'],
  ['SHA', '{SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g='],
] as const

describe('checkPassword', () => {
  it.each(hashes)('%s: the right password fits', (_name, stored) =>
    expect(checkPassword('password', stored)).toBe('right'),
  )

  it.each(hashes)('%s: a wrong password does not', (_name, stored) =>
    expect(checkPassword('Password', stored)).toBe('wrong'),
  )

  it.each([
    '',
    '*',
    '$1$',
    '$apr1$',
    '{SSHA}_____wQadOA1e+/f+T+H3eCQQhRzYWx0',
    '{SHA}Zm9vCg==',
    '$6$rounds=1$a$b',
    '$2y$99$x',
  ])('the broken hash "%s" fits nothing', (stored) => expect(checkPassword('password', stored)).toBe('wrong'))

  it.each(['$y$j9T$salt$hash', '$7$CU..../....$x', '_J9..K0AyUubx'])(
    '%s is of a scheme that is not known',
    (stored) => expect(checkPassword('password', stored)).toBe('unknown'),
  )

  it('a password ends at its first zero byte', () => {
    expect(checkPassword('password\0more', '{PLAIN}password')).toBe('right')
  })
})
