// Lets a test steer the page over a WebSocket. Served only with `lapwing serve --allow-control`.
//
// Orders are { id, js }: an expression or the body of an async function, in which `lapwing` and
// `until` are known. Replies are { id, ok: true, value } or { id, ok: false, error }.

import { until } from "./api.js";

const AsyncFunction = (async () => {}).constructor;

export function control(url, lapwing) {
  const socket = new WebSocket(url);
  socket.onopen = () => {
    socket.send(JSON.stringify({ hello: true, userAgent: navigator.userAgent }));
  };
  socket.onmessage = async ({ data }) => {
    const { id, js } = JSON.parse(data);
    let reply;
    try {
      const value = await compile(js)(lapwing, until);
      reply = JSON.stringify({ id, ok: true, value: value ?? null });
    } catch (error) {
      reply = JSON.stringify({ id, ok: false, error: `${error?.name}: ${error?.message}` });
    }
    socket.send(reply);
  };
}

function compile(js) {
  try {
    return new AsyncFunction("lapwing", "until", `return (${js}\n)`);
  } catch {
    return new AsyncFunction("lapwing", "until", js);
  }
}
