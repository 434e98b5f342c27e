// Calls the other routes of the demo, through whatever proxy brought this page.

const element = (id) => document.getElementById(id)
const counts = new Map()

async function ask(path, method = 'GET') {
  const begun = performance.now()
  try {
    const body =
      method === 'POST' ? JSON.stringify({ item: 'gate', at: new Date().toISOString() }) : undefined
    const response = await fetch(`/api/${path}`, { method, body })
    const took = Math.round(performance.now() - begun)
    const text = await response.text()
    const instance = response.headers.get('x-instance') ?? 'the proxy'
    counts.set(instance, (counts.get(instance) ?? 0) + 1)
    element('api').textContent = `${response.status} from ${instance} in ${took} ms`
    element('received').textContent = text
  } catch (error) {
    element('api').textContent = `no answer: ${error.message}`
  }
  showShares()
}

function showShares() {
  const all = [...counts.values()].reduce((sum, n) => sum + n, 0)
  const rows = [...counts].sort().flatMap(([instance, n]) => {
    const name = document.createElement('dt')
    name.textContent = instance
    const share = document.createElement('dd')
    const meter = document.createElement('meter')
    meter.max = all
    meter.value = n
    meter.setAttribute('aria-label', `share of ${instance}`)
    share.append(meter, `${n} of ${all}`)
    return [name, share]
  })
  element('shares').replaceChildren(...rows)
}

for (const button of document.querySelectorAll('button[data-path]')) {
  button.addEventListener('click', async () => {
    const { path, method, times } = button.dataset
    for (let i = 0; i < Number(times ?? 1); i++) await ask(path, method)
  })
}

let steady
element('steady').addEventListener('change', (event) => {
  clearInterval(steady)
  if (event.target.checked) steady = setInterval(() => ask('health'), 500)
})

function connect() {
  const socket = new WebSocket(`${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/ws`)
  const state = element('ws')
  socket.addEventListener('open', () => (state.textContent = 'open'))
  socket.addEventListener('message', ({ data }) => say(`← ${data}`))
  socket.addEventListener('close', () => {
    state.textContent = 'closed, trying again'
    setTimeout(connect, 2000)
  })
  element('say').onsubmit = (event) => {
    event.preventDefault()
    const text = element('text').value
    if (socket.readyState !== WebSocket.OPEN) return
    say(`→ ${text}`)
    socket.send(text)
  }
}

function say(text) {
  const line = document.createElement('li')
  line.textContent = text
  element('said').append(line)
  while (element('said').children.length > 8) element('said').firstChild.remove()
}

const events = new EventSource('/events')
events.addEventListener('tick', ({ data }) => {
  const { n, at } = JSON.parse(data)
  element('tick').textContent = n
  element('delay').textContent = `${Math.max(0, Date.now() - Date.parse(at))} ms on the way`
  element('events').textContent = 'open'
})
events.addEventListener('error', () => (element('events').textContent = 'interrupted, trying again'))

connect()
void ask('hello')
