import { apply, expect, openPage, test, watchForErrors } from '../support/window.ts'

test('of two windows that edit, the second sees both differences and loses nothing', async ({
  window: first,
  context,
  host,
}) => {
  const second = await context.newPage()
  const wrong = watchForErrors(second)
  await second.goto(host.address)

  await openPage(first, 'Upstreams')
  await first.getByRole('main').getByRole('button', { name: 'New upstream' }).click()
  await apply(first)

  // A field takes what was typed when its window is the one in front.
  await second.bringToFront()
  await openPage(second, 'Upstreams')
  const weight = second.getByLabel('Weight of 127.0.0.1:3000 as a number')
  await weight.fill('4')
  await weight.press('Enter')
  const draft = second.getByRole('region', { name: 'Draft' })
  await expect(draft).toBeVisible()

  await first.bringToFront()
  const other = first.getByLabel('Weight of 127.0.0.1:3001 as a number')
  await other.fill('7')
  await other.press('Enter')
  await apply(first)

  await second.bringToFront()
  await expect(draft.getByRole('alert')).toContainText('Another window applied 1 change')
  await expect(draft.getByRole('button', { name: 'Apply' })).toBeDisabled()
  await draft.getByRole('button', { name: 'See both' }).click()
  await expect(second.getByRole('region', { name: 'Your changes' })).toContainText(
    'server 127.0.0.1:3000 weight=4',
  )
  await expect(second.getByRole('region', { name: 'Their changes' })).toContainText(
    'server 127.0.0.1:3001 weight=7',
  )
  await second.getByRole('dialog').getByRole('button', { name: 'Close' }).click()

  await draft.getByRole('button', { name: 'Bring theirs in' }).click()
  await expect(draft.getByRole('alert')).toBeHidden()
  await apply(second)
  await expect(first.getByLabel('Weight of 127.0.0.1:3000 as a number')).toHaveValue('4')
  await expect(first.getByLabel('Weight of 127.0.0.1:3001 as a number')).toHaveValue('7')
  expect(wrong).toEqual([])
})
