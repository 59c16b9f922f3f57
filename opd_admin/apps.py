from django.apps import AppConfig


class OpdAdminConfig(AppConfig):
    name = "opd_admin"
    verbose_name = "Kantor"
