import { apply, expect, openPage, test } from '../support/window.ts'

const begin = `events {}
http {
    upstream api {
        server 127.0.0.1:3000;
    }
    server {
        listen 80;
        server_name app.localhost;
        location / {
            `
const end = `
            proxy_read_timeout soon;
        }
    }
}
`

test('the editor offers what may stand where one types, explains it, and tells what is wrong', async ({
  window: page,
}) => {
  await openPage(page, 'nginx')
  const editor = page.getByRole('textbox', { name: 'nginx configuration' })
  await editor.click()
  // Deleted first: Chromium itself would carry the colour of what it types over along, as an inline style.
  await page.keyboard.press('Control+a')
  await page.keyboard.press('Delete')
  await page.keyboard.insertText(begin)

  await test.step('directives of this block, then the names of upstreams', async () => {
    await page.keyboard.type('proxy_pas')
    const offers = page.getByRole('listbox', { name: 'Completions' })
    await expect(offers.getByRole('option', { name: 'proxy_pass', exact: true })).toBeVisible()
    await expect(offers.getByRole('option', { name: 'listen' })).toHaveCount(0)
    await offers.getByRole('option', { name: 'proxy_pass', exact: true }).click()
    await offers.getByRole('option', { name: /http:\/\/api/ }).click()
    await expect(editor).toContainText('proxy_pass http://api;')
  })

  await test.step('what stands at the cursor is explained, with the way to nginx.org', async () => {
    const help = page.getByRole('region', { name: 'Help' })
    await expect(help).toContainText('proxy_pass URL;')
    await expect(help.getByRole('link', { name: 'nginx.org' })).toHaveAttribute(
      'href',
      'https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_pass',
    )
    await editor.getByText('server_name', { exact: true }).hover()
    await expect(page.getByText('server_name string ...;')).toBeVisible()
  })

  await test.step('a wrong value is told with its line, and nothing of it becomes the draft', async () => {
    await page.keyboard.press('End')
    await page.keyboard.insertText(end)
    const problem = page.getByRole('list', { name: 'Problems' }).getByRole('button')
    await expect(problem).toContainText('line 11')
    await expect(problem).toContainText('"proxy_read_timeout" directive invalid value')
    await problem.click()
    await page.keyboard.press('Control+Shift+k')
    await expect(page.getByRole('list', { name: 'Problems' })).toBeHidden()
  })

  await test.step('what is wrong with what it means is told as well, where it stands', async () => {
    await page.keyboard.insertText('            limit_req zone=nobody;\n')
    const problem = page.getByRole('list', { name: 'Problems' }).getByRole('button')
    await expect(problem).toContainText('line 11')
    await expect(problem).toContainText('nobody')
    await problem.click()
    await page.keyboard.press('Control+Shift+k')
    await expect(page.getByRole('list', { name: 'Problems' })).toBeHidden()
  })

  await apply(page)
  await openPage(page, 'Routes')
  await expect(page.getByText('app.localhost').first()).toBeVisible()
})
