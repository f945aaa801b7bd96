"""How connections are made, whoever asks over them: proxies, certificates, pools."""
