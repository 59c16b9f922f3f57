from django.apps import AppConfig


class AutodebitConfig(AppConfig):
    name = "autodebit"
    verbose_name = "Potongan bulanan"
