// Preloaded into demo servers that listen on every address: keeps them on this machine. One of
// them has a tool that hands out its environment.
const net = require("node:net");
const listen = net.Server.prototype.listen;
net.Server.prototype.listen = function (port, ...rest) {
  return typeof port === "object"
    ? listen.call(this, { ...port, host: "127.0.0.1" }, ...rest)
    : listen.call(this, port, "127.0.0.1", ...rest.filter((arg) => typeof arg === "function"));
};
