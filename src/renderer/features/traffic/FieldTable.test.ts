import { nextTick } from 'vue'
import { mount } from '@vue/test-utils'
import { expect, test } from 'vitest'
import FieldTable from './FieldTable.vue'
import { plainFields } from './field-difference.ts'

test('a secret that was shown is hidden again when another message is looked at', async () => {
  const of = (value: string) => plainFields([['Authorization', value]])
  const table = mount(FieldTable, { props: { rows: of('Bearer one'), afterLine: 'GET / HTTP/1.1' } })
  expect(table.text()).not.toContain('Bearer')
  await table.get('button[aria-label="Show Authorization"]').trigger('click')
  expect(table.text()).toContain('Bearer one')
  await table.setProps({ rows: of('Bearer two') })
  await nextTick()
  expect(table.text()).not.toContain('Bearer')
})
