// The smallest server of event streams: GET opens one, POST writes its body to the stream that its path names. Each POST is
// answered with nothing, or at a path of /numbers/ with the number of its event, as the wire of web-connections wants it.
import { createServer } from 'node:http';

const streams = new Map();
let events = 0;
const server = createServer((request, response) => {
  const id = request.url.split('?', 1)[0];
  if (request.method === 'GET') {
    response.writeHead(200, { 'Content-Type': 'text/event-stream' });
    response.write('event: open\ndata: {}\n\n');
    streams.set(id, response);
    response.on('close', () => streams.delete(id));
    return;
  }
  let body = '';
  request.setEncoding('utf8');
  request.on('data', (text) => (body += text));
  request.on('end', () => {
    for (const line of body.split('\n')) streams.get(id)?.write(`data: ${line}\n\n`);
    if (!id.startsWith('/numbers/')) {
      response.writeHead(204);
      response.end();
      return;
    }
    events += 1;
    const answer = JSON.stringify({ id: events });
    response.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': answer.length });
    response.end(answer);
  });
});

server.listen(0, '127.0.0.1', () => {
  console.log(JSON.stringify({ event: 'ready', url: `http://127.0.0.1:${server.address().port}/` }));
});
