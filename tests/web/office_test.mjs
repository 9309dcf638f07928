// 网格交接 and 冲突与合并 in a real browser against the real server, with pictures: a grid changes hands by mouse.
import { after, before, test } from 'node:test'
import { lookAtDesk, openDesk } from './desk.mjs'
import { Story } from './district.mjs'

const story = new Story()
let browser
let desk

before(async () => {
  await story.prepare()
  await story.startServer()
  ;({ browser, desk } = await openDesk(story))
})
after(async () => {
  await browser?.close()
  await story.end()
})

test('nothing to decide says so', async () => {
  await desk.getByRole('link', { name: '冲突与合并' }).click()
  await desk.getByRole('heading', { name: '冲突与合并' }).waitFor()
  await desk.locator('.none').first().waitFor()
  await lookAtDesk(desk, 'conflicts-empty')
})

test('a grid is handed to another worker and the list shows it', async () => {
  await desk.getByRole('link', { name: '网格交接' }).click()
  const first = desk.locator('tbody tr').first()
  await first.waitFor()
  await lookAtDesk(desk, 'handover')
  const code = await first.locator('td').first().innerText()
  await first.getByRole('button').click()
  await desk.getByRole('dialog').waitFor()
  await lookAtDesk(desk, 'handover-dialog')
  await desk.locator('#handover .el-select').last().click()
  const receiver = desk.getByRole('option').filter({ visible: true }).first()
  const name = (await receiver.innerText()).split('（')[0]
  await receiver.click()
  await desk.locator('button[form=handover]').click()
  await desk.getByRole('dialog').waitFor({ state: 'hidden' })
  await desk.locator('tbody tr', { hasText: code }).filter({ hasText: name }).waitFor()
  await lookAtDesk(desk, 'handover-done')
})
