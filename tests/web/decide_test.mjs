// What the office decides, with real records of real tablets, by mouse: two values, one person twice, groups that wait,
// two reports of one thing, and a lead returned, rejected or watched; a tablet that is shut out.
import assert from 'node:assert/strict'
import { request } from 'node:http'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { lookAtDesk, openDesk } from './desk.mjs'
import { kPin, Story } from './district.mjs'

const kWoman = ['--name', '赵小妹', '--id-number', '99010119600715022X', '--relation', 'other']
const story = new Story()
let browser
let desk

// The page of a tablet is asked the way its own program does.
function ask(origin, path, body, token = '') {
  return new Promise((resolve, reject) => {
    const text = JSON.stringify(body)
    const asked = request(`${origin}${path}`, { method: 'POST', headers: { origin, 'content-type': 'application/json', 'content-length': Buffer.byteLength(text), 'x-doudi-token': token } }, (answer) => {
      let out = ''
      answer.on('data', (bytes) => { out += bytes })
      answer.on('end', () => (answer.statusCode < 300 ? resolve(out ? JSON.parse(out) : {}) : reject(new Error(`${path} answered ${answer.statusCode}: ${out}`))))
    })
    asked.on('error', reject)
    asked.end(text)
  })
}

async function recordCall(name, lead, result) {
  const page = await story.serveTablet(name, ['--no-sync'])
  const { origin, hash } = new URL(page.line)
  const { token } = await ask(origin, '/api/launch', { code: hash.slice('#code='.length) })
  await ask(origin, '/api/unlock', { pin: kPin }, token)
  await ask(origin, `/api/leads/${lead}/call`, { at: new Date().toISOString(), result }, token)
  await page.stop()
}

const report = (name, household, category, grade, description) =>
  story.field(name, ['lead', '--household', household, '--category', category, '--grade', String(grade), '--description', description])

async function households(name) {
  const { due } = await story.field(name, ['due'])
  return [...new Set(due.map((row) => row.household))]
}

// Two tablets of one worker, out of touch with each other.
async function recordTwice() {
  const own = await households('first')
  for (const name of ['first', 'second']) await story.field(name, ['person', 'add', '--household', own[0], ...kWoman])
  await report('first', own[1], '水电', 2, '停水两天了')
  await report('second', own[1], '水电', 2, '家里没有水')
  await report('first', own[2], '生活困难', 2, '药费太多')
  await report('first', own[3], '教育', 2, '学费没有着落')
  await report('first', own[4], '照料', 2, '腿脚不便')
  const { lead } = await report('first', own[0], '急难·断粮', 1, '家里没有吃的')
  for (const name of ['first', 'second', 'first']) await story.field(name, ['sync'])
  await recordCall('first', lead.id, 'reached')
  await recordCall('second', lead.id, 'busy')
  for (const name of ['first', 'second']) await story.field(name, ['sync'])
  return own
}

// A district put back to before a handover does not know that the new worker has the grid.
async function forgetHandover(own) {
  const file = join(story.root, 'district.backup')
  await story.district(['backup', 'create', '--to', file])
  await story.district(['grid', 'assign', '--grid', story.duties[0].grid, '--worker', story.duties[1].worker])
  await story.field('other', ['sync'])
  for (const household of own.slice(5, 7)) await story.field('other', ['visit', '--household', household, '--met', 'self'])
  await story.stopServer()
  await story.district(['backup', 'restore', file])
  await story.startServer(['--accept-restore'])
  await story.field('other', ['sync']).catch(() => undefined)  // says that two were not taken
}

before(async () => {
  await story.prepare()
  await story.startServer()
  for (const name of ['first', 'second']) await story.enrol(name, story.duties[0].worker)
  await story.enrol('other', story.duties[1].worker)
  await forgetHandover(await recordTwice())
  ;({ browser, desk } = await openDesk(story))
})
after(async () => {
  await browser?.close()
  await story.end()
})

// A failed step leaves a picture of the page.
const step = (name, act) => test(name, async () => {
  try {
    await act()
  } catch (error) {
    await lookAtDesk(desk, 'decide-failed').catch(() => undefined)
    throw error
  }
})
const dialog = () => desk.getByRole('dialog').filter({ visible: true })
const tab = (name) => desk.getByRole('tab', { name }).click()

async function openLead(category, description) {
  await desk.locator('.cn').getByRole('link', { name: '值守台' }).click()
  const rows = desk.locator('.dt tbody tr').filter({ hasText: category })
  await rows.first().waitFor()
  for (let n = 0; n < await rows.count(); n += 1) {
    await rows.nth(n).locator('td').first().click()
    await desk.locator('.kv').first().waitFor()
    if (await desk.getByText(description).count() > 0) return
    await desk.goBack()
    await rows.first().waitFor()
  }
  assert.fail(`no lead of ${category} says ${description}`)
}
const press = (name) => desk.locator('.nx').getByRole('button', { name, exact: true }).click()

step('two values of one call stand side by side and the other one is taken', async () => {
  await desk.locator('.cn').getByRole('link', { name: '冲突与合并' }).click()
  const row = desk.locator('tbody tr').filter({ hasText: '电话打通没有' })
  await row.waitFor()
  await lookAtDesk(desk, 'decide-values')
  assert.match(await row.innerText(), /打通了[^]*占线/)
  assert.doesNotMatch(await desk.locator('table').innerText(), /offline_call|reached|busy|\d{13}/, 'every code has a word')
  await row.getByRole('button', { name: /改用/ }).click()
  await row.waitFor({ state: 'detached' })
  await desk.locator('tbody tr').filter({ hasText: '什么时候打的电话' }).getByRole('button', { name: '不改' }).click()
  await desk.getByText('没有等着办的').waitFor()
})
step('one person recorded twice becomes one', async () => {
  await tab(/疑似重复/)
  const pair = desk.locator('.pair').filter({ hasText: '赵小妹' })
  await pair.waitFor()
  await lookAtDesk(desk, 'decide-doubles')
  await pair.getByRole('button', { name: '并到这一条' }).first().click()
  await dialog().filter({ hasText: '赵小妹' }).waitFor()
  await lookAtDesk(desk, 'decide-doubles-dialog')
  await dialog().getByRole('button', { name: '合并', exact: true }).click()
  await pair.waitFor({ state: 'detached' })
})
step('of two visits that waited one is taken in and one is left out with a reason', async () => {
  await tab(/暂存待看/)
  const rows = desk.locator('tbody tr').filter({ hasText: '走访' })
  await rows.first().waitFor()
  assert.equal(await rows.count(), 2)
  assert.match(await rows.first().innerText(), /不是他的网格/)
  await lookAtDesk(desk, 'decide-held')
  await rows.first().getByRole('button', { name: '收进来' }).click()
  await lookAtDesk(desk, 'decide-held-take')
  await dialog().getByRole('button', { name: '收进来' }).click()
  await dialog().waitFor({ state: 'hidden' })
  await rows.first().getByRole('button', { name: '不收' }).click()
  await dialog().getByRole('button', { name: '确认不收' }).click()
  await dialog().getByText('请写为什么不收').waitFor()
  await dialog().locator('textarea').fill('已由原网格员走访')
  await lookAtDesk(desk, 'decide-held-close')
  await dialog().getByRole('button', { name: '确认不收' }).click()
  await desk.getByText('没有暂存的').waitFor()
  await desk.getByRole('checkbox', { name: /已办的也列出来/ }).check()
  await desk.locator('tbody tr').filter({ hasText: '已收' }).waitFor()
  await desk.locator('tbody tr').filter({ hasText: '已由原网格员走访' }).waitFor()
  await lookAtDesk(desk, 'decide-held-closed')
  const { visits } = JSON.parse(await story.district(['verify', '--json']))
  assert.equal(visits, 1)
})
step('two reports of one thing become one matter', async () => {
  await openLead('水电', '家里没有水')
  await press('并案')
  await dialog().getByText('停水两天了').waitFor()
  await dialog().getByRole('button', { name: '并案', exact: true }).click()
  await dialog().getByText('请写理由').waitFor()
  await dialog().locator('textarea').fill('同一户、同一次停水')
  await lookAtDesk(desk, 'decide-merge')
  await dialog().getByRole('button', { name: '并案', exact: true }).click()
  await dialog().waitFor({ state: 'hidden' })
  await desk.locator('.ct').getByText('已并案').first().waitFor()
  await lookAtDesk(desk, 'decide-merged')
})
step('a lead is returned with what is missing', async () => {
  await openLead('生活困难', '药费太多')
  await press('退回补充')
  await dialog().locator('textarea').fill('发票\n低保证')
  await lookAtDesk(desk, 'decide-return')
  await dialog().getByRole('button', { name: '退回给网格员' }).click()
  await dialog().waitFor({ state: 'hidden' })
  await desk.locator('.ct').getByText('已退回').first().waitFor()
})
step('a lead is rejected with a reason', async () => {
  await openLead('教育', '学费没有着落')
  await press('不予立案')
  await dialog().getByRole('button', { name: '不予立案' }).click()
  await dialog().getByText('请选理由').waitFor()
  await dialog().locator('.el-select').click()
  await desk.getByRole('option', { name: '不属救助范围' }).click()
  await dialog().locator('textarea').fill('学校办理')
  await dialog().getByRole('button', { name: '不予立案' }).click()
  await dialog().getByText('说明至少写 10 个字').waitFor()
  await dialog().locator('textarea').fill('助学补助由学校统一申请办理')
  await lookAtDesk(desk, 'decide-reject')
  await dialog().getByRole('button', { name: '不予立案' }).click()
  await dialog().waitFor({ state: 'hidden' })
  await desk.locator('.ct').getByText('不予立案').first().waitFor()
})
step('a lead is put on watch until a day', async () => {
  await openLead('照料', '腿脚不便')
  await press('列入观察')
  await dialog().locator('.el-date-editor input').fill('2099-01-04')
  await desk.keyboard.press('Enter')
  await dialog().locator('textarea').fill('下月再看')
  await lookAtDesk(desk, 'decide-watch')
  await dialog().getByRole('button', { name: '列入观察' }).click()
  await dialog().waitFor({ state: 'hidden' })
  await desk.locator('.ct').getByText('观察').first().waitFor()
})
step('a tablet is shut out after a question and stays in the list', async () => {
  await desk.locator('.cn').getByRole('link', { name: '设备' }).click()
  const row = desk.locator('tbody tr').filter({ hasText: 'second' })
  await row.getByRole('button', { name: '停用' }).click()
  await dialog().waitFor()
  await lookAtDesk(desk, 'decide-revoke')
  await dialog().getByRole('button', { name: '停用' }).click()
  await row.getByText('已停用').waitFor()
  await assert.rejects(story.field('second', ['sync', '--timeout', '120']), /auth\.revoked/)
})
step('the page reported no error', () => {
  assert.deepEqual(desk.errors, [])
})
