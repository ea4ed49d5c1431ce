"""Gateways: one folder for each system outside the house.

Takes: a message that is ready to go (:class:`polku.gateways.contract.Outgoing`) and settings as plain values.
Gives: one :class:`polku.gateways.contract.Result`; never raises for what the other end does, never writes a database.

Each outside system has two implementations that pass the same contract test: the real client and ``console``,
which keeps everything inside the house (demo, training).
"""
