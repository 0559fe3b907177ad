/** The text of the first message from now on that this holds for; several may come at once. */
export function firstMessage(socket, isIt) {
  return new Promise((resolve) => {
    const look = (data) => {
      const text = data.toString();
      if (!isIt(text)) return;
      socket.off('message', look);
      resolve(text);
    };
    socket.on('message', look);
  });
}
