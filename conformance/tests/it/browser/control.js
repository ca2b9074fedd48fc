// The page's end of the harness's control channel: evaluates expressions and sends their values back.
const control = new URLSearchParams(location.search).get("control");
if (control) {
  const socket = new WebSocket(control);
  socket.onmessage = async ({ data }) => {
    const { id, js } = JSON.parse(data);
    try {
      socket.send(JSON.stringify({ id, ok: true, value: await (0, eval)(js) }));
    } catch (error) {
      socket.send(JSON.stringify({ id, ok: false, error: String(error) }));
    }
  };
}
