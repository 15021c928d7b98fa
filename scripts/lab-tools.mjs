// The Debian packages that the doctor's lab is made of.

/** For `ensureDebian`: namespaces, firewalls, resolvers, proxies, clocks, route tools. */
export const LAB_DEBIAN = [
  { name: "iproute2", command: "ip" },
  { name: "procps", command: "sysctl" },
  { name: "util-linux", command: "unshare" },
  { name: "nftables", command: "nft" },
  "iptables",
  { name: "dnsmasq-base", command: "dnsmasq" },
  "tinyproxy",
  { name: "squid-openssl", command: "squid" },
  { name: "nginx-light", command: "nginx" },
  "faketime",
  "microsocks",
  { name: "iputils-tracepath", command: "tracepath" },
  { name: "iputils-ping", command: "ping" },
  { name: "traceroute", command: "traceroute" },
  { name: "mtr-tiny", command: "mtr" },
  "tcpdump",
  "conntrack",
  "socat",
  "openssl",
  "curl",
  "python3",
];
